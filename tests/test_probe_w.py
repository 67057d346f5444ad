import pytest
from tests.factories import make_course, enrol
def test_cast(ana, marek, ela, obcy, irena, publisher, auditor, admin, client_for):
    from people.models import User
    assert set(User.objects.managed_by(marek)) == {ana}
    assert set(User.objects.managed_by(irena)) == {obcy}
    assert marek.is_manager and admin.is_admin and auditor.is_auditor and ela.is_editor and publisher.is_publisher
    course = make_course()
    e = enrol(ana, course)
    r = client_for(ana).get(f"/learn/{e.key}/")
    assert r.status_code == 200, r.content
@pytest.mark.django_db(transaction=True)
def test_tx(ana):
    course = make_course()
    e = enrol(ana, course)
@pytest.mark.django_db(transaction=True)
def test_tx2(ana):
    course = make_course()
    e = enrol(ana, course)
