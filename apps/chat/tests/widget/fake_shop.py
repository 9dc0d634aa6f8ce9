"""What the fake chat server sells and says."""

from __future__ import annotations

from apps.chat import parts


def _picture(colour: str, shape: str) -> str:
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 200 200'>"
        "<rect width='200' height='200' fill='#f4f4f2'/>"
        f"<path d='{shape}' fill='{colour}' stroke='#0002' stroke-width='3' stroke-linejoin='round'/></svg>"
    )
    return "data:image/svg+xml," + svg.replace("#", "%23").replace("<", "%3C").replace(">", "%3E")


JACKET = (
    "M70 40 L50 52 L28 130 L50 138 L58 100 L58 168 L142 168 L142 100 L150 138 L172 130 L150 52 L130 40 L100 56 Z"
)
MUG = "M50 60 H130 V140 A20 20 0 0 1 110 160 H70 A20 20 0 0 1 50 140 Z M130 80 H150 A14 14 0 0 1 150 124 H130 Z"


def product(number: int, title: str, price: float | None, **fields: object) -> parts.ProductCard:
    base: dict[str, object] = {
        "product_id": str(number),
        "title": title,
        "price": price,
        "currency": "USD",
        "image_url": _picture("#3b6ea5", JACKET),
        "url": f"/products/{number}",
        "category": "Men > Jackets",
        "brand": "Northwind",
        "rating": 4.6,
        "rating_count": 128,
        "in_stock": True,
    }
    return parts.ProductCard.model_validate(base | fields)


JACKETS = [
    product(1, "Harbour Rain Jacket", 59.0, image_url=_picture("#2f6f73", JACKET), rating=4.6),
    product(2, "Fjord Insulated Parka with Hood", 54.9, image_url=_picture("#8a4b2f", JACKET), brand="Tind"),
    product(3, "Meadow Fleece", 39.5, image_url=_picture("#6a8d3a", JACKET), rating=4.1, rating_count=37),
    product(4, "Summit Down Jacket", 58.0, image_url=_picture("#30343f", JACKET), in_stock=False, brand="Tind"),
    product(5, "Commuter Shell", 49.0, image_url=_picture("#a33b3b", JACKET), rating=None, rating_count=None),
]
MUGS = [product(9, "Enamel Camp Mug", 14.0, image_url=_picture("#c8d5b9", MUG), category="Home > Mugs")]
PRODUCTS = {card.product_id: card for card in [*JACKETS, *MUGS]}


def cart_of(quantities: dict[str, int]) -> parts.Cart:
    lines = [
        parts.CartLine(product=PRODUCTS[key], quantity=count, total=(PRODUCTS[key].price or 0) * count)
        for key, count in quantities.items()
    ]
    return parts.Cart(
        lines=lines,
        count=sum(line.quantity for line in lines),
        total=sum(line.total or 0 for line in lines),
        checkout_url="/checkout/" if lines else "",
    )


def answer_to(text: str) -> tuple[str, list[parts.Part]]:
    """The words and the further parts with which the fake answers."""
    if "mug" in text:
        return "One mug fits.", [parts.ProductsPart(product_ids=["9"], items=MUGS)]
    if "jacket" in text or "search" in text:
        found = parts.ProductsPart(product_ids=[card.product_id for card in JACKETS], items=JACKETS)
        choices = [
            parts.Choice(label="Cheaper", text="cheaper ones"),
            parts.Choice(label="In stock only", text="only in stock"),
        ]
        filters = parts.FiltersPart(labels=["Men", "under $60"])
        words = "Here are **five jackets** for men under $60. The Fjord parka is the warmest of them."
        return words, [filters, found, parts.ChoicesPart(choices=choices)]
    if "second" in text:
        return "The Fjord Insulated Parka with Hood is in your cart.", [parts.CartPart(cart=cart_of({"2": 1}))]
    if "order" in text:
        order = parts.OrderPart(
            number="1001",
            status="shipped",
            placed_at="2026-11-18T10:00:00Z",
            tracking="1Z 999 AA1",
            total=73.9,
            lines=[
                parts.OrderLine(title="Harbour Rain Jacket", quantity=1),
                parts.OrderLine(title="Mug", quantity=2),
            ],
        )
        return "Order 1001 is on its way:", [order]
    if "slow" in text:
        return "Down keeps you warmest for its weight. Wool stays warm when wet, too.", []
    return (
        "We don't carry that. We do have:\n\n- jackets and fleeces\n- mugs\n\nSee [our page](/products) for more.",
        [],
    )
