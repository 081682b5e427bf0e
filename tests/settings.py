"""The site's own settings, pointed at throw-away engines and stripped of what only costs time in a test.

The environment is laid first, because the settings read it as they are imported; a process that a test starts (a
worker, a web server) inherits it and runs on `portal.settings` itself. Where `TEST_DATABASE_URL` and `TEST_BROKER_URL`
are given, they take the place of the embedded engines.
"""

import os

from portal import embedded

BASE = embedded.home() / "test"
ENGINES = embedded.urls(BASE).environment()
if _database := os.environ.get("TEST_DATABASE_URL"):
    ENGINES |= {"DATABASE_URL": _database, "DATABASE_OWNER_URL": _database}
if _broker := os.environ.get("TEST_BROKER_URL"):
    ENGINES |= {"CELERY_BROKER_URL": _broker, "CACHE_URL": _broker}
os.environ.update(ENGINES)
os.environ.update(
    {"STATION_TESTING": "1", "STATION_DEMO": "0", "DJANGO_DEBUG": "0", "DJANGO_SECRET_KEY": "only-for-tests" * 4}
)
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver keeps an event loop in the test's own thread

from portal.settings import *  # noqa: E402, F403 -- Django's idiom for settings that differ in a few words
from portal.settings import DATABASES, env  # noqa: E402

DATABASES["default"] = env.db_url_config(ENGINES["DATABASE_OWNER_URL"]) | {"CONN_MAX_AGE": 0}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TASK_DEFAULT_QUEUE = f"test-{os.getpid()}"  # for a real worker: each test process has its own, with its database
VAR_DIR = BASE  # keys and sample logins of the tests, not of the demo
MEDIA_ROOT = BASE / "media"
DELIVERY_ROOT = BASE / "deliveries"
ANCHOR_ROOT = BASE / f"anchors-{os.getpid()}"  # each test process has its own, as it has its database
WHITENOISE_AUTOREFRESH = True  # static files come from where they lie: nothing is collected for a test
CARRIERS = dict.fromkeys(("email", "sms"), "portal.messages.tasks.keep_for_demo")  # nothing leaves the machine
