"""A product as a shopper sees it: a copy of the index record's own fields, nothing computed."""

from apps.catalog.product import Product
from apps.chat.parts import ProductCard


def card(product: Product) -> ProductCard:
    return ProductCard(
        product_id=product.product_id,
        title=product.title,
        price=product.price,
        currency=product.currency,
        image_url=product.image_url,
        url=product.url,
        category=product.category,
        brand=product.brand,
        rating=product.rating,
        rating_count=product.rating_count,
        in_stock=product.in_stock,
    )
