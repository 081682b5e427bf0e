"""Settings. What differs between machines comes from the environment; the defaults serve `make demo` and the tests.

``STATION_DEMO=1`` turns the demo on: sample logins, the outbox page, software keys, a banner on every page.
"""

import secrets
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _

from portal import embedded
from portal.admin_site import UNFOLD  # noqa: F401 - read by django-unfold

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VAR_DIR = Path(env.str("STATION_VAR", str(BASE_DIR / "var")))
DEMO = env.bool("STATION_DEMO", False)
DEBUG = env.bool("DJANGO_DEBUG", False)
TESTING = env.bool("STATION_TESTING", False)

#: Without a key of its own a process makes one: good for one process, so servers must be given one.
SECRET_KEY = env.str("DJANGO_SECRET_KEY", "") or secrets.token_urlsafe(48)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000")
SITE_NAME = _("宁夏信易贷")
SITE_HOST = env.str("SITE_HOST", "")
SITE_CONTACT = env.str("SITE_CONTACT", "")
#: Who runs the station (主办单位) and how to reach them, as shown at the foot of every page.
SITE_HOST = env.str("SITE_HOST", "")
SITE_CONTACT = env.str("SITE_CONTACT", "")
HTTPS = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    "portal",
    "portal.accounts",
    "portal.audit",
    "portal.messages",
    "portal.documents",
    "portal.pages",
    "institutions",
    "institutions.products",
    "enterprises",
    "enterprises.credit",
    "enterprises.quality",
    "enterprises.exchange",
    "enterprises.evaluation",
    "enterprises.consent",
    "enterprises.objections",
    "enterprises.declarations",
    "enterprises.jointmodels",
    "lending",
    "lending.needs",
    "lending.ledger",
    "lending.matching",
    "lending.applications",
    "lending.loans",
    "lending.compensation",
    "lending.subsidy",
    "lending.guarantee",
    "lending.supervision",
    "lending.openapi",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "pgtrigger",
    "pghistory",
    "django_celery_beat",
    "django_cotton",
    "django_htmx",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.audit.middleware.OriginMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.security.PolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portal.pages.context_processors.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "portal.templatetags.station"],
        },
    },
]
COTTON_DIR = "cotton"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Engines: named by the environment, or the embedded ones under VAR_DIR.
_engines = embedded.urls(VAR_DIR)
DATABASES = {"default": env.db_url_config(env.str("DATABASE_URL", "") or _engines.database)}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", "") or env.str("DATABASE_URL", "") or _engines.owner_database
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "") or _engines.broker
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # its lines go through the same masks
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "seal the chains": {"task": "portal.audit.tasks.seal", "schedule": 30.0},
    "anchor the chains": {"task": "portal.audit.tasks.anchor", "schedule": crontab(minute=10)},
    "carry waiting messages": {"task": "portal.messages.tasks.carry_waiting", "schedule": 60.0},
    "advance batches": {"task": "enterprises.credit.tasks.resume_batches", "schedule": 60.0},
    "resume joint models": {"task": "enterprises.jointmodels.tasks.resume", "schedule": 120.0},
    "form cohorts": {"task": "enterprises.jointmodels.tasks.form_cohorts", "schedule": crontab(hour=4, minute=10)},
    "measure the data of yesterday": {
        "task": "enterprises.quality.tasks.measure_yesterday",
        "schedule": crontab(hour=1, minute=10),
    },
    "watch for late deliveries": {"task": "enterprises.quality.tasks.watch_deliveries", "schedule": 3600.0},
    "expire authorizations": {"task": "enterprises.consent.tasks.expire", "schedule": 300.0},
    "duties after consents": {"task": "enterprises.consent.tasks.duties", "schedule": crontab(hour="5", minute="10")},
    "lapse needs": {"task": "lending.needs.tasks.lapse", "schedule": 3600.0},
    "move the windows of features": {
        "task": "enterprises.credit.tasks.refresh_all_features",
        "schedule": crontab(hour=2, minute=30),
    },
    "classify loans": {"task": "lending.loans.tasks.classify", "schedule": 3600.0},
    "enrol loans by themselves": {"task": "lending.compensation.tasks.enrol", "schedule": 600.0},
    "collect objections": {"task": "lending.compensation.tasks.collect_objections", "schedule": 300.0},
    "end publicities": {"task": "lending.compensation.tasks.end_publicities", "schedule": 3600.0},
    "take up deferred claims": {"task": "lending.compensation.tasks.take_up_deferred", "schedule": 900.0},
    "ready payments": {"task": "lending.compensation.tasks.ready_payments", "schedule": crontab(hour=3, minute=10)},
    "chase remittances": {
        "task": "lending.compensation.tasks.chase_remittances",
        "schedule": crontab(hour=8, minute=30),
    },
    "refresh rollups": {"task": "lending.supervision.tasks.refresh", "schedule": 300.0},
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL", "") or env.str("CELERY_BROKER_URL", "") or _engines.cache,
        "KEY_PREFIX": "station",
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", HTTPS)
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
#: Sign-in attempts are counted by the address that our own proxy saw, never by one that a client claims.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_policy = {
    "default-src": [SELF],
    "script-src": [SELF, NONCE],
    "style-src": [SELF, NONCE],
    "img-src": [SELF, "data:"],
    "font-src": [SELF, "data:"],
    "connect-src": [SELF],
    "object-src": [NONE],
    "base-uri": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
}
CONTENT_SECURITY_POLICY = {"DIRECTIVES": _policy}
#: The admin site's theme reckons expressions in attributes and colours its pages in place; inline scripts stay forbidden.
ADMIN_POLICY = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}

# People.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/after-login/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "portal.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "portal.accounts.forms.SignupForm",
    "login": "portal.accounts.forms.LoginForm",
    "request_login_code": "portal.accounts.forms.RequestLoginCodeForm",
}
ACCOUNT_LOGIN_METHODS = {"phone", "email", "username"}
#: The library wants the address required where it is verified; our form asks for a phone number or an address.
ACCOUNT_SIGNUP_FIELDS = ["phone", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_ENABLED = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
MFA_ADAPTER = "portal.accounts.adapters.SealingMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "宁夏信易贷"
USERSESSIONS_TRACK_ACTIVITY = False

# Messages: libraries' mail enters the outbox; a worker carries it.
EMAIL_BACKEND = "portal.messages.backends.OutboxBackend"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "noreply@localhost")
CARRIER_EMAIL_BACKEND = env.str("CARRIER_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
CARRIERS = {
    "email": env.str(
        "EMAIL_CARRIER", "portal.messages.tasks.keep_for_demo" if DEMO else "portal.messages.tasks.carry_email"
    ),
    "sms": env.str("SMS_CARRIER", "portal.messages.tasks.keep_for_demo"),
}

# Words, days, files.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["portal.formats"]
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", VAR_DIR / "frontend")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = ""
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
#: Delivered files wait here between upload and the worker that reads them.
DELIVERY_ROOT = VAR_DIR / "deliveries"

# Anchors of the chains, outside the database: every block in files, the head of each day at every place.
ANCHOR_ROOT = Path(env.str("ANCHOR_ROOT", str(VAR_DIR / "anchors")))
ANCHOR_PLACES = [f"portal.audit.places.{name}" for name in env.list("ANCHOR_PLACES", default=["File", "Page"])]
ANCHOR_MAIL = env.list("ANCHOR_MAIL", default=[])
ANCHOR_URL = env.str("ANCHOR_URL", "")
ANCHOR_SECRET = env.str("ANCHOR_SECRET", "")

# Keys that seal personal columns; see portal/keyring.py. Outside demo and tests nothing is served without them.
SEALING_KEYS = env.str("SEALING_KEYS", "")
SEALING_INDEX_KEY = env.str("SEALING_INDEX_KEY", "")
SEALING_CIPHER = env.str("SEALING_CIPHER", "s4")
SEALING_KMS = env.str("SEALING_KMS", "portal.keyring.HttpKms")
SEALING_KMS_URL = env.str("SEALING_KMS_URL", "")
SEALING_KMS_TOKEN = env.str("SEALING_KMS_TOKEN", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "portal.logs.MaskedFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"fontTools": {"level": "WARNING"}, "weasyprint": {"level": "ERROR"}},
}
SILENCED_SYSTEM_CHECKS: list[str] = []

# Consents are signed by a software SM2 key unless an outside certification authority is named.
CONSENT_SIGNER = env.str("CONSENT_SIGNER", "enterprises.consent.signing.Sm2Signer")
CONSENT_SM2_KEY = env.str("CONSENT_SM2_KEY", "")
CONSENT_SM2_RETIRED = env.list("CONSENT_SM2_RETIRED", default=[])
CONSENT_CA_URL = env.str("CONSENT_CA_URL", "")
CONSENT_CA_TOKEN = env.str("CONSENT_CA_TOKEN", "")
# Which room says, by document kind, whether the signature behind a document holds.
DOCUMENT_SIGNATURES = {"SQ": "enterprises.consent.signing.of_document"}
