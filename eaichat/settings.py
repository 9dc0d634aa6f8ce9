"""Settings: the environment decides, the defaults run the embedded installation on loopback."""

import os
import sys
from pathlib import Path

import environ

from eaichat.databases import database
from eaichat.environment import Environment
from eaichat.logs import configuration
from eaichat.secrets import load_or_create
from eaichat.shared import channel_layer

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = Environment(BASE_DIR / ".env")
env = environ.Env()

# --- Where things lie -------------------------------------------------------------------------------------
VAR_DIR = Path(env.str("EAICHAT_VAR", default=str(BASE_DIR / "var"))).resolve()
_cache_home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
CACHE_DIR = Path(env.str("EAICHAT_CACHE", default=str(Path(_cache_home) / "eaichat"))).resolve()
LOG_DIR = VAR_DIR / "log"
try:
    LOG_DIR.mkdir(parents=True, exist_ok=True)
    (LOG_DIR / "eaichat.log").open("a").close()
except OSError as error:  # SystemExit: Django shows what fails in its settings as a traceback
    raise SystemExit(
        f"{LOG_DIR} cannot be written to ({error.strerror}): set EAICHAT_VAR to a directory of yours."
    ) from error

# --- Security ---------------------------------------------------------------------------------------------
_local = {} if "SECRET_KEY" in os.environ else load_or_create(VAR_DIR / "secrets.env")
SECRET_KEY = env.str("SECRET_KEY", default=_local.get("SECRET_KEY", ""))
FIELD_KEYS = env.list("FIELD_KEYS", default=_local.get("FIELD_KEYS", "").split(","))
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PORT = ENVIRONMENT.number("PORT", 8000, least=1, most=65535)
DEMO = env.bool("DEMO", default=False)
# The origin under which this installation is reached; the demo's connector and the snippets name it.
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{PORT}").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# How many proxies of ours stand in front: what X-Forwarded-* say counts only then (apps/accounts/addresses.py).
TRUSTED_PROXIES = ENVIRONMENT.number("TRUSTED_PROXIES", 0, most=10)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
USE_X_FORWARDED_HOST = TRUSTED_PROXIES > 0
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "https:", PUBLIC_URL],  # by its name too, for who comes by an IP address
        "connect-src": ["'self'", "ws:", "wss:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
    }
}

# --- Application ------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "eaichat",
    "apps.accounts",
    "apps.catalog",
    "apps.connectors",
    "apps.chat",
    "apps.hitl",
    "eaichat.demo",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.headless",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.accounts.token_views.refresh_cookie_middleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "eaichat.urls"
ASGI_APPLICATION = "eaichat.asgi.application"
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
                "apps.accounts.context.console",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# --- Data -------------------------------------------------------------------------------------------------
DATABASES = {"default": database(env, var=VAR_DIR)}
DATABASE_THREADS = env.int("DATABASE_THREADS", default=4)  # of the chat, each with a connection: docs/database.md
REDIS_URL = env.str("REDIS_URL", default="")  # empty: one process, whose memory holds the channel layer and limits
CHANNEL_LAYERS = {"default": channel_layer(REDIS_URL)}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
QDRANT_URL = env.str("QDRANT_URL", default="")
QDRANT_API_KEY = env.str("QDRANT_API_KEY", default="")
EMBEDDING_MODEL = env.str("EMBEDDING_MODEL", default="sentence-transformers/all-MiniLM-L6-v2")

# --- Chat -------------------------------------------------------------------------------------------------
CHAT_MESSAGES_PER_MINUTE = env.int("CHAT_MESSAGES_PER_MINUTE", default=60)  # of one session, a third of it at once

# --- Workflows --------------------------------------------------------------------------------------------
TEMPORAL_ADDRESS = env.str("TEMPORAL_ADDRESS", default="")  # empty: the dev server that `manage.py up` runs
TEMPORAL_NAMESPACE = env.str("TEMPORAL_NAMESPACE", default="default")
TEMPORAL_TASK_QUEUE = env.str("TEMPORAL_TASK_QUEUE", default="eaichat")

# --- Telemetry --------------------------------------------------------------------------------------------
LANGFUSE_PUBLIC_KEY = env.str("LANGFUSE_PUBLIC_KEY", default="")
LANGFUSE_SECRET_KEY = env.str("LANGFUSE_SECRET_KEY", default="")
LANGFUSE_BASE_URL = env.str("LANGFUSE_BASE_URL", default="")

# --- People -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/console/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_MAX_EMAIL_ADDRESSES = 1  # the address is the login, and nothing here proves a second one
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "apps.accounts.entrance_forms.LoginForm",
    "signup": "apps.accounts.entrance_forms.SignupForm",
    "change_password": "apps.accounts.entrance_forms.ChangePasswordForm",
    "set_password": "apps.accounts.entrance_forms.SetPasswordForm",
    "reset_password": "apps.accounts.entrance_forms.ResetPasswordForm",
    "reset_password_from_key": "apps.accounts.entrance_forms.ResetPasswordKeyForm",
    "reauthenticate": "apps.accounts.entrance_forms.ReauthenticateForm",
}
SIGNUP_OPEN = env.bool("SIGNUP_OPEN", default=True)  # False: only people with an invitation to a store
_mail = ENVIRONMENT.address(
    "EMAIL_URL", schemes=("smtp", "smtp+tls", "smtp+ssl"), example="smtp+tls://user:password@mail.example.com:587"
)
globals().update(environ.Env.email_url_config(_mail or "consolemail://"))  # EMAIL_BACKEND, EMAIL_HOST and so on
EMAIL_TIMEOUT = 10  # seconds; a page may wait for it
DEFAULT_FROM_EMAIL = ENVIRONMENT.text("DEFAULT_FROM_EMAIL", "eaichat@localhost")
HEADLESS_ONLY = False
HEADLESS_CLIENTS = ("app",)  # programs; browsers have the pages
HEADLESS_TOKEN_STRATEGY = "apps.accounts.tokens.TokenStrategy"  # noqa: S105 - a path
HEADLESS_JWT_PRIVATE_KEY = env.str("JWT_PRIVATE_KEY", default=_local.get("JWT_PRIVATE_KEY", "")).replace(
    "\\n", "\n"
)
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True
HEADLESS_JWT_ROTATE_REFRESH_TOKEN = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "allauth.headless.contrib.rest_framework.authentication.JWTTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "eaichat API",
    "DESCRIPTION": (
        "Sign in with `POST /_allauth/app/v1/auth/login` (`email`, `password`) and send the answer's "
        "`meta.access_token` as `Authorization: Bearer …`. Conversations take the `Session …` token that the "
        "chat's socket hands out."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",  # the chat's answers are described by pydantic, which speaks JSON Schema
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "defaultModelsExpandDepth": 0},  # the operations first
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Static files -----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns when it is absent; `collectstatic` fills it in production
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True

# --- Log --------------------------------------------------------------------------------------------------
_terminal = sys.stderr.isatty()
_log_format = ENVIRONMENT.choice("LOG_FORMAT", "text" if _terminal else "json", ("json", "text"))
LOGGING = configuration(
    kind="json" if _log_format == "json" else "text",
    level=ENVIRONMENT.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    file=LOG_DIR / "eaichat.log",
    colors=_terminal,
    quiet_console=_log_format == "text",  # who reads along sees what is wrong; the file has the rest
)
