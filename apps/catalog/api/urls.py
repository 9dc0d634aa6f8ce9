"""The catalogue's part of the API, relative to /api/v1/. A product's id may hold slashes, so it comes last."""

from django.urls import path

from apps.catalog.api import views
from apps.catalog.api.photo import PhotoSearchView

urlpatterns = [
    path("products/search", views.SearchView.as_view(), name="api_products_search"),
    path("products/search/photo", PhotoSearchView.as_view(), name="api_products_search_photo"),
    path("products/suggest", views.SuggestView.as_view(), name="api_products_suggest"),
    path("products/facets", views.FacetsView.as_view(), name="api_products_facets"),
    path("products/similar/<path:product_id>", views.SimilarView.as_view(), name="api_products_similar"),
    path("products/<path:product_id>", views.ProductView.as_view(), name="api_product"),
]
