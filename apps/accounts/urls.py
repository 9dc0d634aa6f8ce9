"""Console pages of the accounts room, under /console/."""

from django.urls import path

from apps.accounts import team_views, views

urlpatterns = [
    path("", views.home, name="console_home"),
    path("stores/new/", views.store_new, name="console_store_new"),
    path("stores/switch/", views.store_switch, name="console_store_switch"),
    path("store/", views.store_settings, name="console_store"),
    path("account/", views.account, name="console_account"),
    path("activity/", views.activity, name="console_activity"),
    path("team/", team_views.team, name="console_team"),
    path("team/<int:pk>/role/", team_views.member_role, name="console_member_role"),
    path("team/<int:pk>/remove/", team_views.member_remove, name="console_member_remove"),
    path("invitations/<int:pk>/withdraw/", team_views.invitation_withdraw, name="console_invitation_withdraw"),
    path("join/<str:token>/", team_views.invitation, name="console_invitation"),
]
