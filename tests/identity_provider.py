"""A real OpenID provider (authlib's server side) behind waitress on loopback, with keys of its own; it can be told to misbehave."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Error
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.models import AuthorizationCodeMixin as OpenIDCodeMixin
from authlib.oidc.discovery import OpenIDProviderMetadata
from flask import Flask, Response, jsonify, redirect, request
from joserfc.jwk import KeySet, RSAKey

from tests.browser import Server

CLIENT_ID, SECRET = "songbang", "a secret: with / signs & 100 %, of 32 bytes and more"


class Client(ClientMixin):
    """Songbang, as the provider knows it."""

    def __init__(self) -> None:
        self.backs: list[str] = []

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.backs

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(OpenIDCodeMixin):
    """A code handed out, with what belongs to it."""

    code: str
    asked: dict[str, str]
    user: Any
    code_challenge: str = field(init=False)
    code_challenge_method: str = field(init=False)

    def __post_init__(self) -> None:
        self.code_challenge = self.asked["code_challenge"]
        self.code_challenge_method = self.asked["code_challenge_method"]

    def get_redirect_uri(self) -> str:
        return self.asked["redirect_uri"]

    def get_scope(self) -> str:
        return self.asked["scope"]

    def get_nonce(self) -> str:
        return self.asked["nonce"]

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class IdentityProvider:
    """`subject` is who is signed in there; `claims` go over those of a token; `instead` answers for an endpoint by name."""

    def __init__(self, clock: Callable[[], Any]) -> None:
        self.clock, self.subject = clock, "sub-of-nobody"
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.instead: dict[str, Callable[[], Any]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.algorithm, self.foreign_key, self.error, self.asks = "RS256", None, "", False
        self._codes: dict[str, Code] = {}
        self.client = Client()
        self.key = _first_key()
        self._app = Flask("identity-provider")
        self._oauth = AuthorizationServer(self._app, self._client, lambda token, asked: None)
        self._oauth.register_grant(_grant(self), [_token(self), CodeChallenge(required=True)])
        for name in ("authorize", "token", "keys", "end"):
            self._app.add_url_rule(f"/{name}", name, self._view(name), methods=["GET", "POST"])
        self._app.add_url_rule("/.well-known/openid-configuration", "discovery", self._view("discovery"))
        self._server: Server | None = Server(self._app)
        self.issuer = self._server.url

    def settings(self) -> dict[str, str]:
        return {"OIDC_ISSUER": self.issuer, "OIDC_CLIENT_ID": CLIENT_ID, "OIDC_CLIENT_SECRET": SECRET}

    def rotate(self) -> None:
        """A new key signs from now on, and the old one is announced no more."""
        self.key = _new_key()

    def close(self) -> None:
        server, self._server = self._server, None
        if server:
            server.close()

    def _client(self, client_id: str) -> Client | None:
        return self.client if client_id == CLIENT_ID else None

    def _view(self, name: str) -> Callable[[], Any]:
        def view() -> Any:
            self.asked.append((name, request.values.to_dict()))
            return self.instead.get(name, getattr(self, f"_{name}"))()

        return view

    def _discovery(self) -> Response:
        at = self.issuer
        said = {
            "issuer": at, "authorization_endpoint": f"{at}/authorize", "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys", "end_session_endpoint": f"{at}/end", "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
        }  # fmt: skip
        OpenIDProviderMetadata(said).validate_jwks_uri() if at.startswith("https") else None
        return jsonify(said | self.metadata)

    def _keys(self) -> Response:
        return jsonify(KeySet([self.key]).as_dict(private=False))

    def _authorize(self) -> Any:
        if self.error:
            return redirect(f"{request.args['redirect_uri']}?{urlencode({'error': self.error, 'state': request.args['state']})}")
        if self.asks and request.method == "GET":
            return '<html lang="en"><title>Provider</title><form method="post"><button>Sign in</button></form></html>'
        user = SimpleNamespace(subject=self.subject)
        try:
            grant = self._oauth.get_consent_grant(end_user=user)
        except OAuth2Error as error:
            return f"refused: {error}", 400
        return self._oauth.create_authorization_response(grant_user=user, grant=grant)

    def _token(self) -> Any:
        return self._oauth.create_token_response()

    def _end(self) -> Any:
        return '<html lang="en"><title>Provider</title><h1>Signed out</h1></html>'


def _grant(provider: IdentityProvider) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, asked: Any) -> None:
            provider._codes[code] = Code(code, dict(asked.payload.data), asked.user)

        def query_authorization_code(self, code: str, client: Any) -> Code | None:
            return provider._codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del provider._codes[authorization_code.code]

        def authenticate_user(self, authorization_code: Code) -> Any:
            return authorization_code.user

    return Grant


def _token(provider: IdentityProvider) -> OpenIDCode:
    class Token(OpenIDCode):
        def encode_id_token(self, token: Any, asked: Any) -> str:
            if provider.algorithm != "none":
                return super().encode_id_token(token, asked)
            claims = self.get_compatible_claims(asked) | {"nonce": asked.authorization_code.get_nonce(), "sub": asked.user.subject}
            parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
            return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."

        def exists_nonce(self, nonce: str, asked: Any) -> bool:
            return any(code.get_nonce() == nonce for code in provider._codes.values())

        def resolve_client_private_key(self, client: Any) -> RSAKey:
            return provider.foreign_key or provider.key

        def get_client_algorithm(self, client: Any) -> str:
            return provider.algorithm

        def get_encode_header(self, client: Any) -> dict[str, str]:
            return {"alg": provider.algorithm, "kid": provider.key.kid}

        def get_client_claims(self, client: Any) -> dict[str, Any]:
            now = int(provider.clock().timestamp())
            return {"iss": provider.issuer, "iat": now, "exp": now + 300, "auth_time": now}

        def generate_user_info(self, user: Any, scope: str) -> dict[str, Any]:
            return {"sub": user.subject} | provider.claims

    return Token(require_nonce=True)


def slow(seconds: float) -> Callable[[], str]:
    """An answer that does not come in time."""

    def answer() -> str:
        time.sleep(seconds)
        return "{}"

    return answer


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"use": "sig", "alg": "RS256"}, auto_kid=True)


@cache
def _first_key() -> RSAKey:
    """The key that every provider of this process begins with: to make one takes longer than most tests."""
    return _new_key()
