"""The organisation's identity provider (OpenID Connect Core 1.0, code flow with PKCE): where to send the browser, whom it names.

Only the configured issuer, and origins the operator names beside it, are spoken to; no redirect is followed, nothing
waits long, and no more than two threads wait at once, so that a slow provider never keeps the reporters' door shut.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import KeySet

from intake.calls import ending
from intake.config import Settings
from intake.errors import ProviderFailed

SECONDS = 5.0
#: Seconds that what the provider announces of itself is kept; its keys are asked for again when one is unknown.
KEPT = 300.0
LARGEST = 256 * 1024  # bytes
AT_ONCE = 2
#: Seconds that clocks may differ.
LEEWAY = 60
#: Signatures by a key of the provider's alone: never "none", never one made with a secret that we hold too.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
#: Longest subject (OpenID Connect Core 1.0, 2: at most 255 ASCII characters).
LONGEST_SUBJECT = 255
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
#: Which problem a claim that does not hold is; any other is `token`.
_BY_CLAIM = {"nonce": "nonce", "aud": "audience", "azp": "audience", "iss": "issuer", "exp": "token_expired"}


@dataclass(frozen=True)
class Vouched:
    """Whom the provider names, and whether with a second factor that counts here."""

    subject: str
    factor: bool


def new_state() -> str:
    """256 random bits that tie the way there to the way back."""
    return secrets.token_urlsafe(32)


def configured(settings: Settings) -> Provider | None:
    """The identity provider of the settings, None where there is none; the same one in all requests of a process."""
    if not settings.text("OIDC_ISSUER"):
        return None
    one = (settings.text(name) for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_SCOPE"))
    several = (settings.listed(name) for name in ("OIDC_ORIGINS", "OIDC_ACR", "OIDC_AMR"))
    return _provider(*one, *several, _secret(settings), settings.pepper)


def _secret(settings: Settings) -> str:
    path = settings.text("OIDC_CLIENT_SECRET_FILE")
    return Path(path).read_text("utf-8").strip() if path else settings.text("OIDC_CLIENT_SECRET")


@lru_cache(maxsize=4)
def _provider(*named: Any) -> Provider:
    return Provider(*named)


class Provider:
    """One issuer, with what it last announced of itself. Every method that asks it raises ProviderFailed."""

    def __init__(
        self, issuer: str, client_id: str, scope: str, origins: Sequence[str], acr: Sequence[str], amr: Sequence[str],
        secret: str, pepper: bytes,
    ) -> None:  # fmt: skip
        self.issuer, self._client_id, self._client_secret, self._pepper = issuer, client_id, secret, pepper
        self._scope, self._acr, self._amr = scope, acr, amr
        self._origins = {_origin(issuer), *(origin.rstrip("/") for origin in origins)}
        self._gate = threading.BoundedSemaphore(AT_ONCE)
        self._announced: Mapping[str, Any] = {}
        self._announced_at = 0.0
        self._keys: KeySet | None = None

    def address(self, state: str, back: str, *, again: bool = False) -> str:
        """Where the browser goes to be asked who it is; `again` has the provider ask even whom it knows."""
        asked: dict[str, str] = {"acr_values": " ".join(self._acr)} if self._acr else {}
        if again:
            asked["prompt"] = "login"
        verifier = self._derived("verifier", state)
        return str(
            prepare_grant_uri(
                self._metadata()["authorization_endpoint"], client_id=self._client_id, response_type="code",
                redirect_uri=back, scope=self._scope, state=state, nonce=self._derived("nonce", state),
                code_challenge=create_s256_code_challenge(verifier), code_challenge_method="S256", **asked,
            )
        )  # fmt: skip

    def vouch(self, answer: Mapping[str, str], state: str, back: str, *, now: datetime) -> Vouched:
        """Whom the provider's answer, as the browser brought it, names."""
        if not hmac.compare_digest(answer.get("state", "").encode(), state.encode()):
            raise ProviderFailed("state")
        if (named := answer.get("iss")) is not None and named != self.issuer:  # RFC 9207: an answer of another's
            raise ProviderFailed("issuer")
        if error := answer.get("error"):
            raise ProviderFailed("denied" if error == "access_denied" else "provider_error")
        token = self._exchange(answer.get("code", ""), state, back)
        return self._vouched(self._claims(token, state, now))

    def end_session(self, back: str) -> str:
        """Where the browser ends the provider's own session, "" where it announces nothing of the kind."""
        address = self._metadata().get("end_session_endpoint")
        if not address:
            return ""
        asked = urlencode({"client_id": self._client_id, "post_logout_redirect_uri": back})
        return f"{self._own(address)}{'&' if '?' in address else '?'}{asked}"

    def try_out(self) -> None:
        """Ask for everything that a sign-in needs but a person."""
        self._announced_at = 0.0
        self._metadata()
        self._fetch_keys()

    def _exchange(self, code: str, state: str, back: str) -> Mapping[str, Any]:
        metadata = self._metadata()
        verifier = self._derived("verifier", state)
        body = prepare_token_request("authorization_code", code=code, redirect_uri=back, code_verifier=verifier)
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        auth = ClientAuth(self._client_id, self._client_secret, basic if self._client_secret else "none")
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url, headers, body = auth.prepare("POST", metadata["token_endpoint"], headers, body)
        return self._ask("POST", url, headers, body, refused="code")

    def _claims(self, token: Mapping[str, Any], state: str, now: datetime) -> CodeIDToken:
        signed = self._signed(str(token.get("id_token") or ""))
        options: Any = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        asked = {"nonce": self._derived("nonce", state), "client_id": self._client_id}
        if token.get("access_token"):
            asked["access_token"] = str(token["access_token"])
        claims = CodeIDToken(signed.claims, signed.header, options, asked)
        try:
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except (InvalidClaimError, MissingClaimError) as error:
            raise ProviderFailed(_BY_CLAIM.get(str(error.claim), "token")) from error
        except JoseError as error:
            raise ProviderFailed("token_expired" if error.error == "expired_token" else "token") from error
        except (TypeError, ValueError, AttributeError) as error:  # claims of a kind nobody expects
            raise ProviderFailed("token") from error
        return claims

    def _signed(self, token: str) -> jwt.Token:
        """The token, if a key of the provider's signed it; its keys are asked for again before it is refused."""
        if self._keys is not None:
            try:
                return jwt.decode(token, self._keys, algorithms=list(ALGORITHMS))
            except (JoseError, ValueError):
                self._keys = None
        try:
            return jwt.decode(token, self._fetch_keys(), algorithms=list(ALGORITHMS))
        except (JoseError, ValueError, TypeError, AttributeError) as error:
            raise ProviderFailed("signature") from error

    def _fetch_keys(self) -> KeySet:
        found = self._ask("GET", self._metadata()["jwks_uri"])
        try:
            self._keys = KeySet.import_key_set({"keys": [key for key in found["keys"] if key.get("kty") in ("RSA", "EC")]})
        except (JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProviderFailed("metadata", "no_keys", url=self._metadata()["jwks_uri"]) from error
        return self._keys

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        subject, methods = claims["sub"], claims.get("amr") or []
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise ProviderFailed("token")
        by_method = any(method in self._amr for method in methods)
        return Vouched(subject, by_method or claims.get("acr") in self._acr)

    def _metadata(self) -> Mapping[str, Any]:
        if self._announced_at and time.monotonic() - self._announced_at < KEPT:
            return self._announced
        found = self._ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise ProviderFailed("metadata", "other_issuer", said=found.get("issuer"))
        for name in _NEEDED:
            self._own(found.get(name), name)
        self._announced, self._announced_at = found, time.monotonic()
        return found

    def _own(self, address: object, name: str = "") -> str:
        """`address` if it lies where the operator said the provider is; `name` is what it is announced as."""
        if not isinstance(address, str):
            raise ProviderFailed("metadata", "not_announced", name=name)
        if _origin(address) not in self._origins:
            raise ProviderFailed("metadata", "elsewhere", url=address, origin=_origin(address))
        return address

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: str = "", refused: str = "metadata"
    ) -> Mapping[str, Any]:
        """The JSON object at an address; `refused` is the problem when the provider says no."""
        if not self._gate.acquire(blocking=False):
            raise ProviderFailed("busy")
        try:
            status, said = _fetch(method, self._own(url), headers or {}, body)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ProviderFailed("unreachable", "no_answer", url=url, error=error) from error
        finally:
            self._gate.release()
        if status != 200:
            raise ProviderFailed("unreachable" if status >= 500 else refused, "status", url=url, status=status)
        try:
            found = json.loads(said)
        except (ValueError, RecursionError) as error:
            raise ProviderFailed("metadata", "no_json", url=url) from error
        if not isinstance(found, dict):
            raise ProviderFailed("metadata", "no_json", url=url)
        return found

    def _derived(self, purpose: str, state: str) -> str:
        """What only this installation makes of a state: the browser's cookie holds the state and nothing else."""
        made = hmac.new(self._pepper, f"oidc-{purpose}\0{state}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _fetch(method: str, url: str, headers: Mapping[str, str], body: str) -> tuple[int, bytes]:
    """Status and body of an answer, within SECONDS and LARGEST. Raises what urllib3 raises, and OSError."""
    timeout = urllib3.Timeout(connect=SECONDS, read=SECONDS, total=SECONDS)
    with ending(urllib3.connection_from_url(url, retries=False, timeout=timeout), SECONDS) as pool:
        asked, target = {"Accept": "application/json", **headers}, urllib3.util.parse_url(url).request_uri
        answer = pool.request(method, target, body=body or None, headers=asked, redirect=False, preload_content=False)
        said = b""
        while chunk := answer.read1(16 * 1024):
            said += chunk
            if len(said) > LARGEST:
                raise OSError("too much")
        return answer.status, said


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()
