"""The demo's addresses, relative to /demo/."""

from django.urls import path

from eaichat.demo import api, images

app_name = "demo"

urlpatterns = [
    path("api/products", api.products),
    path("api/products/categories", api.categories),
    path("api/products/category/<path:name>", api.category),
    path("api/products/<str:number>", api.product),
    path("api/carts/user/<str:number>", api.carts_of_user),
    path("api/carts/<str:number>", api.cart),
    path("api/users/<str:number>", api.user),
    path("images/<int:number>.svg", images.image, name="image"),
]
