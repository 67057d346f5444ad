"""One file, read from the environment. Without DEBUG in it nothing that matters has a default."""

import sys
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# DEBUG in the environment says that this is one's own machine, where everything has a default. A demonstration is one
# too, but shows our pages where an address is mistyped or a form refused, not Django's.
DEVELOPMENT = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
DEBUG = DEVELOPMENT and not DEMO
DEVELOPMENT_URL = f"http://127.0.0.1:{env.int('PORT', default=8000)}"


def required(name: str, development_default: str) -> str:
    """The variable; with DEBUG on a default that is fit for one's own machine only."""
    if DEVELOPMENT:
        return env.str(name, default=development_default)
    try:
        return env.str(name)
    except ImproperlyConfigured:
        raise ImproperlyConfigured(
            f"{name} is not set. With DEBUG off it has no default: see docs/operating.md."
        ) from None


# --- what must be told ---------------------------------------------------------------------------------------------
SECRET_KEY = required("SECRET_KEY", "development-only-never-use-this-key-anywhere-else-0123456789")
EVIDENCE_KEY = required("EVIDENCE_KEY", "development-only-key-of-the-evidence-chain-0123456789")
EVIDENCE_OLD_KEYS = env.list(
    "EVIDENCE_OLD_KEYS", default=[]
)  # keys used before, separated by commas: they verify, never sign
BASE_URL = required("BASE_URL", DEVELOPMENT_URL).rstrip("/")
ALLOWED_HOSTS = required("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

# --- the application -----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "lms",
    "training",
    "assessments.quizzes",
    "assessments.scenarios",
    "courses",
    "certificates",
    "evidence",
    "people",
    "wagtail_localize",
    "wagtail_localize.locales",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_tasks",
    "django_tasks_db",
    "axes",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "lms.middleware.ContentSecurityPolicy",
    "lms.middleware.NoNul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.LoginRequired",
    "people.middleware.PersonPreferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "courses.middleware.RefusalsInWords",
    "lms.middleware.WholeForms",
    "lms.middleware.BackToForms",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "lms.context_processors.site",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- data ----------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'ostoja.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Row locks do nothing on SQLite: IMMEDIATE makes each writing transaction take its turn from its first statement.
    # synchronous=FULL: what the page calls "saved" must survive a power cut. secure_delete: what was erased leaves the
    # file. recursive_triggers: REPLACE must not slip past the triggers that keep evidence.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
        "PRAGMA secure_delete=ON; PRAGMA recursive_triggers=ON;",
    }
else:
    # jit: compiling the conditions of a manager's list takes PostgreSQL longer than answering them. work_mem: the lists
    # of a large organisation are sorted in memory.
    DATABASES["default"]["OPTIONS"] = {"options": "-c jit=off -c work_mem=32MB"} | DATABASES["default"].get(
        "OPTIONS", {}
    )
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=8)}
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["models.W040"]  # SQLite leaves out what an index covers beside its key, and answers alike

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
# Enqueuing is a row in the transaction of the act itself (an outbox): no work is lost, none is done twice over.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- people --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "my"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_RESET_TIMEOUT = 60 * 60
AXES_FAILURE_LIMIT = env.int("LOGIN_TRIES", default=10)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "people.views.locked_out"
AXES_USERNAME_FORM_FIELD = "username"  # what Django calls it in credentials, also where people log in by e-mail
AXES_USERNAME_CALLABLE = "people.doors.account"
AXES_CLIENT_IP_CALLABLE = "people.doors.client_ip"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # "wait 15 minutes" must be true
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# People and teams from a directory: nothing is there until an admin makes a token.
SCIM_SERVICE_PROVIDER = {
    "USER_ADAPTER": "people.scim.adapters.UserAdapter",
    "GROUP_ADAPTER": "people.scim.adapters.GroupAdapter",
    "GROUP_MODEL": "people.models.Team",
    "SERVICE_PROVIDER_CONFIG_MODEL": "people.scim.views.Capabilities",
    "BASE_LOCATION_GETTER": "people.scim.adapters.site",
    "SCHEMAS_GETTER": "people.scim.schemas.all_schemas",
    "AUTH_CHECK_MIDDLEWARE": "people.scim.auth.token_required",
    "NETLOC": BASE_URL.partition("://")[2],
    "AUTHENTICATION_SCHEMES": [
        {
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token that an admin made",
            "primary": True,
        }
    ],
}

# --- languages -----------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "pl"  # the source language of the site: four of the five articles are Polish
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("pl", _("Polish")), ("lv", _("Latvian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "lms" / "locale", BASE_DIR / "lms" / "wagtail_locale"]
FORMAT_MODULE_PATH = ["lms.formats"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Warsaw"

# --- files ---------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(BASE_DIR / "media"))
PRIVATE_ROOT = Path(env.str("PRIVATE_ROOT", default=str(VAR_DIR / "private")))
# Outside the database on purpose: whoever can rewrite the database must not be able to rewrite its signed head as well.
EVIDENCE_HEAD = Path(env.str("EVIDENCE_HEAD", default=str(VAR_DIR / "evidence-head.json")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": PRIVATE_ROOT}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEVELOPMENT
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a scenario of 30 scenes is 1,344 form fields

# --- certificates --------------------------------------------------------------------------------------------------
ORGANISATION = env.str("ORGANISATION", default="Ostoja")  # who issues: printed on each certificate and kept with it
SEAL_PKCS12 = env.str(
    "SEAL_PKCS12", default=""
)  # path of the PKCS#12 that seals certificates; empty: a demo key is made
SEAL_PASSWORD = env.str("SEAL_PASSWORD", default="")

# --- mail ----------------------------------------------------------------------------------------------------------
vars().update(env.email("EMAIL_URL", default="consolemail://" if DEVELOPMENT else "smtp://localhost:25"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="Ostoja <training@localhost>")
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="")

# --- security ------------------------------------------------------------------------------------------------------
HTTPS = BASE_URL.startswith("https://")
SECURE_SSL_REDIRECT = HTTPS and not DEVELOPMENT
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # Wagtail's admin reads it
CSRF_FAILURE_VIEW = "lms.views.stale_form"
X_FRAME_OPTIONS = "DENY"  # previews in the CMS say otherwise, by Wagtail and by lms.middleware
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ("/cms/",),  # Wagtail's admin carries inline scripts; only L&D and admins reach it
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    },
}

# --- Wagtail -------------------------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "Ostoja"
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAIL_I18N_ENABLED = True
WAGTAILADMIN_PERMITTED_LANGUAGES = [("en", "English"), ("pl", "polski"), ("lv", "latviešu")]
WAGTAIL_FINISH_WORKFLOW_ACTION = "courses.reviewing.publish_reviewed"
WAGTAIL_ENABLE_UPDATE_CHECK = False  # no foreign host is ever asked
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILEMBEDS_FINDERS: list[dict] = []
WAGTAIL_FRONTEND_LOGIN_URL = "/login/"
WAGTAILADMIN_LOGIN_URL = "/login/"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["pdf", "docx", "odt", "txt"]
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp"]

# --- logs ----------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO" if DEVELOPMENT else "WARNING")},
}

TESTING = "pytest" in sys.modules
