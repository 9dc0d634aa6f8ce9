"""The catalogue's pages, under /console/."""

from django.urls import path

from apps.catalog import rule_views, views

urlpatterns = [
    path("catalogue/", views.catalogue, name="console_catalogue"),
    path("catalogue/photo/", views.photo_search, name="console_catalogue_photo"),
    path("catalogue/place/", views.place_add, name="console_place_add"),
    path("catalogue/take-back/", views.place_remove, name="console_place_remove"),
    path("catalogue/rules/", rule_views.rule_list, name="console_rules"),
    path("catalogue/rules/new/<slug:kind>/", rule_views.rule_new, name="console_rule_new"),
    path("catalogue/rules/<uuid:pk>/", rule_views.rule_page, name="console_rule"),
    path("catalogue/rules/<uuid:pk>/move/", rule_views.rule_move, name="console_rule_move"),
    path("catalogue/rules/<uuid:pk>/switch/", rule_views.rule_switch, name="console_rule_switch"),
    path("catalogue/rules/<uuid:pk>/delete/", rule_views.rule_delete, name="console_rule_delete"),
]
