"""The demo's addresses, relative to /demo/."""

from django.urls import path

from eaichat.demo import api, images, views

app_name = "demo"

urlpatterns = [
    path("", views.home, name="home"),
    path("api/products", api.products),
    path("api/products/categories", api.categories),
    path("api/products/category/<path:name>", api.category),
    path("api/products/<str:number>", api.product),
    path("api/carts/user/<str:number>", api.carts_of_user),
    path("api/carts/<str:number>", api.cart),
    path("api/users/<str:number>", api.user),
    path("images/<int:number>.svg", images.image, name="image"),
    path("products/<int:number>/", views.product, name="product"),
    path("search/", views.search, name="search"),
    path("cart/", views.cart, name="cart"),
    path("checkout/", views.checkout, name="checkout"),
    path("orders/<str:key>/", views.order, name="order"),
    path("help/", views.help_page, name="help"),
    path("<slug:department>/", views.category, name="department"),
    path("<slug:department>/<slug:shelf>/", views.category, name="shelf"),
]
