"""The REST side of accounts: who I am, my stores; and the permission class for every API of a store."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.headless.contrib.rest_framework.authentication import JWTTokenAuthentication
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import stores
from apps.accounts.forms import CURRENCIES
from apps.accounts.models import Membership, Store, User
from apps.accounts.people import signed_in
from apps.accounts.permissions import ROLE_PERMISSIONS, Permission, Role


class StoreAccess(BasePermission):
    """Lets members in whose role has the view's `permission` in the store that the address names as `store_id`.

    To anybody else the store does not exist (404); a member whose role does not reach gets 403. The view finds
    `store` and `membership` on itself. Methods may need rights of their own: `permissions = {"PATCH": ...}`.
    """

    message = "Your role in this store does not allow this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        membership = (
            Membership.objects.select_related("store")
            .filter(user=signed_in(request), store_id=view.kwargs["store_id"])
            .first()
        )
        if membership is None:
            raise NotFound
        by_method: dict[str, Permission] = getattr(view, "permissions", {})
        needed: Permission = by_method.get(str(request.method), getattr(view, "permission", Permission.VIEW_STORE))
        setattr(view, "membership", membership)  # noqa: B010 - declared by StoreAPIView; a plain APIView has none
        setattr(view, "store", membership.store)  # noqa: B010 - as above
        return membership.allows(needed)


class StoreAPIView(APIView):
    """Base of views under `stores/<uuid:store_id>/`: name the right they need in `permission`."""

    permission_classes = (IsAuthenticated, StoreAccess)
    permission: ClassVar[Permission] = Permission.VIEW_STORE
    permissions: ClassVar[dict[str, Permission]] = {}
    store: Store
    membership: Membership


class StoreSerializer(serializers.ModelSerializer[Store]):
    currency = serializers.ChoiceField(choices=CURRENCIES)

    class Meta:
        model = Store
        fields = ("id", "name", "public_key", "currency", "accent", "allowed_origins")
        read_only_fields = ("id", "public_key", "accent", "allowed_origins")


class PlaceSerializer(serializers.Serializer[Membership]):
    store = StoreSerializer()
    role = serializers.ChoiceField(choices=[role.value for role in Role])
    permissions = serializers.SerializerMethodField()

    def get_permissions(self, membership: Membership) -> list[str]:
        return sorted(permission.value for permission in ROLE_PERMISSIONS[Role(membership.role)])


class MeSerializer(serializers.Serializer[User]):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField(source="display_name")
    stores = PlaceSerializer(source="places", many=True)


class MeView(APIView):
    @extend_schema(summary="Who I am, and what I may do where", tags=["Account"], responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The signed-in person, and for each of their stores the role and the rights that it carries."""
        user = signed_in(request)
        places = Membership.objects.filter(user=user).select_related("store").order_by("store__name")
        me = {"id": user.pk, "email": user.email, "display_name": user.display_name, "places": list(places)}
        return Response(MeSerializer(me).data)  # type: ignore[arg-type] # a dict stands for the user with their places


class StoreView(StoreAPIView):
    permissions: ClassVar[dict[str, Permission]] = {"PATCH": Permission.MANAGE_STORE}

    @extend_schema(summary="A store of mine", tags=["Stores"], responses=StoreSerializer)
    def get(self, request: Request, store_id: str) -> Response:
        """Its public key is what the widget's script tag names. 404 for stores that are not yours."""
        return Response(StoreSerializer(self.store).data)

    @extend_schema(
        summary="Rename a store or change its currency",
        tags=["Stores"],
        request=StoreSerializer,
        responses=StoreSerializer,
    )
    def patch(self, request: Request, store_id: str) -> Response:
        """Owners only; fields that are left out stay as they are."""
        data = StoreSerializer(self.store, data=request.data, partial=True)
        data.is_valid(raise_exception=True)
        values = {"name": self.store.name, "currency": self.store.currency} | data.validated_data
        stores.update_store(store=self.store, actor=signed_in(request), **values)
        return Response(StoreSerializer(self.store).data)


class JWTScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # registers itself by being defined
    target_class = JWTTokenAuthentication
    name = "jwt"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": (
                'POST {"email", "password"} to /_allauth/app/v1/auth/login: `meta.access_token` is the token. It '
                "lasts five minutes; POST to /_allauth/app/v1/tokens/refresh with the cookie that came with it "
                "brings the next one. DELETE /_allauth/app/v1/auth/session ends both."
            ),
        }
