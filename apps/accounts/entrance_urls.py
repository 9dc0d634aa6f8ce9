"""Everything about coming in: allauth's pages and API, with what we do otherwise in front of it."""

from django.urls import include, path
from django.views.generic import RedirectView

from apps.accounts import token_views, tokens

# The address is the login, and nothing proves a new one yet: both doors through which allauth would change it stay
# shut. allauth's refresh takes and gives the token as JSON; ours, at the same address, only by cookie.
urlpatterns = [
    path("accounts/email/", RedirectView.as_view(pattern_name="console_account")),
    path("accounts/", include("allauth.urls")),
    path("_allauth/app/v1/account/email", token_views.absent),
    path(tokens.REFRESH_PATH.lstrip("/"), token_views.refresh, name="token_refresh"),
    path("_allauth/", include("allauth.headless.urls")),
]
