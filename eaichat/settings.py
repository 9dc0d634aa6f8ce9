"""Settings: the environment decides, the defaults run the embedded installation on loopback."""

import os
import sys
from pathlib import Path

from eaichat.databases import database
from eaichat.environment import Environment
from eaichat.logs import configuration
from eaichat.secrets import load_or_create
from eaichat.servers import mail, temporal_access, temporal_address
from eaichat.shared import cache, channel_layer

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = Environment(BASE_DIR / ".env")  # every variable and its meaning: docs/settings.md

# --- Where things lie -------------------------------------------------------------------------------------
VAR_DIR = Path(ENVIRONMENT.text("EAICHAT_VAR", str(BASE_DIR / "var"))).resolve()
_cache_home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
CACHE_DIR = Path(ENVIRONMENT.text("EAICHAT_CACHE", str(Path(_cache_home) / "eaichat"))).resolve()
LOG_DIR = VAR_DIR / "log"
try:
    LOG_DIR.mkdir(parents=True, exist_ok=True)
    (LOG_DIR / "eaichat.log").open("a").close()
except OSError as error:  # SystemExit: Django shows what fails in its settings as a traceback
    raise SystemExit(
        f"{LOG_DIR} cannot be written to ({error.strerror}): set EAICHAT_VAR to a directory of yours."
    ) from error

# --- Security ---------------------------------------------------------------------------------------------
# Who gives SECRET_KEY gives all three: nothing is made up then, and `manage.py check` names what lacks.
SECRETS_ARE_LOCAL = not ENVIRONMENT.given("SECRET_KEY")
_local = load_or_create(VAR_DIR / "secrets.env") if SECRETS_ARE_LOCAL else {}
SECRET_KEY = ENVIRONMENT.text("SECRET_KEY", _local.get("SECRET_KEY", ""))
FIELD_KEYS = ENVIRONMENT.words("FIELD_KEYS", [key for key in _local.get("FIELD_KEYS", "").split(",") if key])
DEBUG = ENVIRONMENT.flag("DEBUG", default=False)
ALLOWED_HOSTS = ENVIRONMENT.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
PORT = ENVIRONMENT.number("PORT", 8000, least=1, most=65535)
DEMO = ENVIRONMENT.flag("DEMO", default=False)
# The origin under which this installation is reached; the demo's connector and the snippets name it.
PUBLIC_URL = ENVIRONMENT.address(
    "PUBLIC_URL", f"http://localhost:{PORT}", schemes=("http", "https"), example="https://chat.example.com"
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# How many proxies of ours stand in front: what X-Forwarded-* say counts only then (apps/accounts/addresses.py).
TRUSTED_PROXIES = ENVIRONMENT.number("TRUSTED_PROXIES", 0, most=10)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
USE_X_FORWARDED_HOST = TRUSTED_PROXIES > 0
_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = ENVIRONMENT.number("HSTS_SECONDS", 86_400 if _https else 0)
SECURE_SSL_REDIRECT = ENVIRONMENT.flag("SSL_REDIRECT", default=False)  # a proxy usually does it
SECURE_REDIRECT_EXEMPT = ["^healthz$"]  # asked in clear, from beside the process
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
    "apps.accounts.throttling.retry_after_middleware",
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
DATABASES = {"default": database(ENVIRONMENT, var=VAR_DIR)}
# Threads of a process for the chat and for pages, each with a connection: docs/database.md.
DATABASE_THREADS = ENVIRONMENT.number("DATABASE_THREADS", 4, least=1)
WEB_THREADS = ENVIRONMENT.number("WEB_THREADS", 8, least=1)
# Empty: one process, whose memory holds the channel layer and limits.
REDIS_URL = ENVIRONMENT.address("REDIS_URL", schemes=("redis", "rediss"), example="redis://:password@host:6379/0")
CHANNEL_LAYERS = {"default": channel_layer(REDIS_URL)}
CACHES = {"default": cache(REDIS_URL)}
QDRANT_URL = ENVIRONMENT.address("QDRANT_URL", schemes=("http", "https"), example="http://qdrant:6333")
QDRANT_API_KEY = ENVIRONMENT.text("QDRANT_API_KEY")
# A photo to search by (8 MB, and what a form puts around it) is looked at in memory, and never written to a disk.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 9 * 1024 * 1024
# Models by fastembed's names, or as directories of this machine.
EMBEDDING_MODEL = ENVIRONMENT.text("EMBEDDING_MODEL", "sentence-transformers/all-MiniLM-L6-v2")
IMAGE_MODEL = ENVIRONMENT.text("IMAGE_MODEL", "Qdrant/clip-ViT-B-32-vision")
IMAGE_TEXT_MODEL = ENVIRONMENT.text("IMAGE_TEXT_MODEL", "Qdrant/clip-ViT-B-32-text")
# Those with a stemmer and stop words in the catalogue's engine.
SEARCH_LANGUAGES = (
    *("ar", "da", "de", "el", "en", "es", "fi", "fr", "hu"),
    *("it", "nb", "nl", "pt", "ro", "ru", "sv", "tr"),
)
SEARCH_LANGUAGE = ENVIRONMENT.choice("SEARCH_LANGUAGE", "en", among=SEARCH_LANGUAGES)
EMBEDDING_CACHE_MB = ENVIRONMENT.number("EMBEDDING_CACHE_MB", 512)  # 0: nothing is remembered

# --- Chat -------------------------------------------------------------------------------------------------
CHAT_MESSAGES_PER_MINUTE = ENVIRONMENT.number("CHAT_MESSAGES_PER_MINUTE", 60, least=1)  # of one conversation
# Of one client address; 0 is no limit: new conversations in ten minutes, sockets open and opened in a minute.
CHAT_CONVERSATIONS_PER_ADDRESS = ENVIRONMENT.number("CHAT_CONVERSATIONS_PER_ADDRESS", 200)
CHAT_SOCKETS_PER_ADDRESS = ENVIRONMENT.number("CHAT_SOCKETS_PER_ADDRESS", 300)
API_REQUESTS_PER_MINUTE = ENVIRONMENT.number("API_REQUESTS_PER_MINUTE", 600)  # of one person, or of one address

# --- Workflows --------------------------------------------------------------------------------------------
TEMPORAL_ADDRESS = temporal_address(ENVIRONMENT)  # empty: the dev server that `manage.py up` runs
TEMPORAL_NAMESPACE = ENVIRONMENT.text("TEMPORAL_NAMESPACE", "default")
TEMPORAL_ACCESS = temporal_access(ENVIRONMENT)
TEMPORAL_TASK_QUEUE = ENVIRONMENT.text("TEMPORAL_TASK_QUEUE", "eaichat")

# --- Telemetry --------------------------------------------------------------------------------------------
LANGFUSE_PUBLIC_KEY = ENVIRONMENT.text("LANGFUSE_PUBLIC_KEY")
LANGFUSE_SECRET_KEY = ENVIRONMENT.text("LANGFUSE_SECRET_KEY")
LANGFUSE_BASE_URL = ENVIRONMENT.address(
    "LANGFUSE_BASE_URL", schemes=("http", "https"), example="https://langfuse.example.com"
)

# --- People -----------------------------------------------------------------------------------------------
# MySQL knows no conditional constraints: allauth's stand on User.email, which is unique; ours have none, as a
# house rule tests.
SILENCED_SYSTEM_CHECKS = ["models.W036"]
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
SIGNUP_OPEN = ENVIRONMENT.flag("SIGNUP_OPEN", default=True)  # False: only people with an invitation to a store
globals().update(mail(ENVIRONMENT))  # EMAIL_*
DEFAULT_FROM_EMAIL = ENVIRONMENT.text("DEFAULT_FROM_EMAIL", "eaichat@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
HEADLESS_ONLY = False
HEADLESS_CLIENTS = ("app",)  # programs; browsers have the pages
HEADLESS_TOKEN_STRATEGY = "apps.accounts.tokens.TokenStrategy"  # noqa: S105 - a path
HEADLESS_JWT_PRIVATE_KEY = ENVIRONMENT.text("JWT_PRIVATE_KEY", _local.get("JWT_PRIVATE_KEY", "")).replace(
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
    "DEFAULT_THROTTLE_CLASSES": ["apps.accounts.throttling.ClientThrottle"],
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
