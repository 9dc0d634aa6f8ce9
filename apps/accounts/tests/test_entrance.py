"""Coming in: sign-up, sign-in, passwords; in our look, with limits on guessing, and written down."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from apps.accounts import members
from apps.accounts.models import AuditLog, Membership, Store, User
from apps.accounts.permissions import Role

pytestmark = pytest.mark.django_db
NEW = {
    "name": "Nadia New",
    "email": "Nadia@Example.com",
    "password1": "a long passphrase",
    "password2": "a long passphrase",
}


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_a_new_person_makes_an_account_then_a_store(client: Client) -> None:
    page = client.post("/accounts/signup/", NEW, follow=True)
    assert page.request["PATH_INFO"] == "/console/stores/new/"
    page = client.post("/console/stores/new/", {"name": "Nadia's", "currency": "EUR"}, follow=True)
    assert page.request["PATH_INFO"] == "/console/"
    user = User.objects.get()
    assert (user.email, user.name) == ("nadia@example.com", "Nadia New")
    assert user.is_staff, "an owner answers escalations in the admin"
    place = Membership.objects.get()
    assert (place.role, place.store.currency) == ("owner", "EUR")
    assert place.store.public_key.startswith("pk_")
    assert [entry.action for entry in AuditLog.objects.all()] == ["store.created", "user.signed_up"]


def test_a_password_is_stored_as_argon2(client: Client) -> None:
    client.post("/accounts/signup/", NEW)
    assert User.objects.get().password.startswith("argon2$argon2id$")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"password1": "password", "password2": "password"}, "too common"),
        ({"password1": "abc", "password2": "abc"}, "too short"),
        ({"password2": "another passphrase"}, "same password"),
        ({"email": "not an address"}, "valid email"),
        ({"name": ""}, "required"),
    ],
)
def test_a_sign_up_that_cannot_be_says_why(client: Client, change: dict[str, str], says: str) -> None:
    page = client.post("/accounts/signup/", NEW | change)
    assert says in page.content.decode()
    assert not User.objects.exists()


def test_a_person_signs_in_whatever_case_they_type(client: Client, owner: User) -> None:
    page = client.post("/accounts/login/", {"login": "OWNER@example.com", "password": "a long passphrase"})
    assert page["Location"] == "/console/"


def test_after_signing_in_one_is_where_one_wanted_to_be(client: Client, owner: User) -> None:
    who = {"login": owner.email, "password": "a long passphrase"}
    assert client.post("/accounts/login/?next=/console/team/", who)["Location"] == "/console/team/"


def test_nobody_is_led_away_to_another_site(client: Client, owner: User) -> None:
    who = {"login": owner.email, "password": "a long passphrase", "next": "https://evil.example/"}
    assert client.post("/accounts/login/", who)["Location"] == "/console/"


def test_guessing_a_password_stops_at_five_even_with_the_right_one(client: Client, owner: User) -> None:
    for _ in range(5):
        client.post("/accounts/login/", {"login": owner.email, "password": "wrong"})
    page = client.post("/accounts/login/", {"login": owner.email, "password": "a long passphrase"})
    assert "Too many failed login attempts" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_guessing_over_the_api_counts_too(client: Client, owner: User) -> None:
    address = "/_allauth/app/v1/auth/login"
    for _ in range(5):
        client.post(address, {"email": owner.email, "password": "wrong"}, content_type="application/json")
    right = {"email": owner.email, "password": "a long passphrase"}
    assert client.post(address, right, content_type="application/json").status_code == 400


def test_the_admin_has_no_door_of_its_own(client: Client, owner: User, stranger: User) -> None:
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/accounts/login/?next=%2Fadmin%2F"
    client.force_login(stranger)
    assert client.get("/admin/login/?next=/admin/").status_code == 403
    client.force_login(owner)
    assert client.get("/admin/").status_code == 200


def test_a_closed_installation_takes_in_only_the_invited(
    client: Client, owner: User, store: Store, settings: Settings
) -> None:
    settings.SIGNUP_OPEN = False
    assert "No new accounts here" in client.post("/accounts/signup/", NEW).content.decode()
    invitation = members.invite(store=store, actor=owner, email="nadia@example.com", role=Role.AGENT)
    client.get(f"/console/join/{invitation.token}/")
    page = client.post(f"/accounts/signup/?next=/console/join/{invitation.token}/", NEW, follow=True)
    assert page.request["PATH_INFO"] == f"/console/join/{invitation.token}/"
    assert "Join as nadia@example.com" in page.content.decode()


def test_changing_the_password_keeps_this_browser_and_ends_the_others(client: Client, owner: User) -> None:
    elsewhere = Client()
    client.force_login(owner)
    elsewhere.force_login(owner)
    new = {
        "oldpassword": "a long passphrase",
        "password1": "quite another phrase",
        "password2": "quite another phrase",
    }
    page = client.post("/accounts/password/change/", new, follow=True)
    assert page.request["PATH_INFO"] == "/console/account/"
    assert "Your password was changed." in page.content.decode()
    assert client.get("/console/").status_code == 200
    assert elsewhere.get("/console/").status_code == 302
    assert AuditLog.objects.get(action="user.password_changed").actor == owner


def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(client: Client, owner: User) -> None:
    page = client.post("/accounts/password/reset/", {"email": owner.email}, follow=True)
    assert "Check your mail" in page.content.decode()
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert found
    page = client.get(found[1], follow=True)
    assert "Choose a new password" in page.content.decode()
    new = {"password1": "quite another phrase", "password2": "quite another phrase"}
    page = client.post(page.request["PATH_INFO"], new, follow=True)
    assert "Password changed" in page.content.decode()
    owner.refresh_from_db()
    assert owner.check_password("quite another phrase")
    assert "This link does not work" in Client().get(found[1], follow=True).content.decode()


def test_a_reset_does_not_tell_who_has_an_account(client: Client, owner: User) -> None:
    def page(email: str) -> str:
        html = Client().post("/accounts/password/reset/", {"email": email}, follow=True).content.decode()
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", html)

    assert page(owner.email) == page("nobody@example.com")


def test_an_address_that_nothing_proves_cannot_become_a_login(client: Client, owner: User) -> None:
    who = {"email": owner.email, "password": "a long passphrase"}
    signed_in = client.post("/_allauth/app/v1/auth/login", who, content_type="application/json").json()
    token = {"authorization": f"Bearer {signed_in['meta']['access_token']}"}
    address, change = "/_allauth/app/v1/account/email", {"email": "victim@example.com", "primary": True}
    for call in (client.post, client.patch, client.delete):
        assert call(address, change, content_type="application/json", headers=token).status_code == 404
    client.force_login(owner)
    answer = client.post("/accounts/email/", {"email": "victim@example.com", "action_add": ""})
    assert answer["Location"] == "/console/account/"
    assert not EmailAddress.objects.filter(email="victim@example.com").exists()


@pytest.mark.parametrize(
    "path",
    ["login/", "signup/", "password/reset/", "password/reset/done/", "password/reset/key/done/", "inactive/"],
)
def test_every_entrance_page_is_in_our_look(client: Client, path: str) -> None:
    html = client.get(f"/accounts/{path}").content.decode()
    assert '<main class="entrance">' in html
    assert "css/app.css" in html
    assert "placeholder" not in html
    assert "<style" not in html
    assert " style=" not in html


@pytest.mark.parametrize("path", ["password/change/", "logout/", "reauthenticate/"])
def test_every_page_about_my_account_is_in_our_look(client: Client, owner: User, path: str) -> None:
    client.post("/accounts/login/", {"login": owner.email, "password": "a long passphrase"})
    assert '<main class="entrance">' in client.get(f"/accounts/{path}").content.decode()


def test_signing_out_asks_first_and_then_ends_it(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert "Sign out?" in client.get("/accounts/logout/").content.decode()
    assert client.get("/console/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/accounts/login/"
    assert client.get("/console/").status_code == 302


def test_a_wrong_address_gets_our_page(client: Client) -> None:
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "Nothing here" in answer.content.decode()
