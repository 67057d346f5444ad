"""prints actual outcomes"""
import pytest
from tests.house.test_access_matrix import world, answer, VERBS, ROLES, REFUSALS, declared_here, all_urls
from tests.house.world import World, build
VARIANTS={"step":["","quiz","scenario"],"complete-step":["","quiz"],"result":["","open"],"wagtail_serve":["","course","step"],"begin":["","open"],"invitation":["","open"],"password_reset_confirm":["","open"],"media":["","image"],"wagtaildocs_serve":["","nothing"]}
@pytest.mark.django_db
def test_gen(world, client_for):
    from django.core.cache import cache
    out=[]
    for url in all_urls():
        if not declared_here(url): continue
        for v in VARIANTS.get(url.name,[""]):
            for verb in VERBS:
                row=[]
                try: path=world.path(url.name,v)
                except Exception as e:
                    print("PATH", url.name, repr(e)); continue
                wr={}
                for role in ROLES:
                    cache.clear()
                    g,w=answer(client_for,world.people[role],verb,path)
                    row.append(g)
                    if w and (verb=="GET" or g in REFUSALS): wr[role]=w
                lab=f"{url.name}#{v}" if v else url.name
                print("ROW", f"{lab:40} {verb:5}"+" ".join(f"{g:9}" for g in row))
                if wr: print("WROTE", lab, verb, {k:[x[:200] for x in w] for k,w in wr.items()})
