"""Credentials are stored sealed (AES-GCM, with the id of the key), and opened only for the adapter."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import StoreProblem


def secret_key(configured: str | None, beside: Path | None) -> bytes:
    """The sealing key: the configured one, else that of a 0600 file beside the SQLite database, made when absent."""
    if configured:
        return hashlib.sha256(configured.encode()).digest()
    if beside is None:
        raise StoreProblem(
            "This database needs a secret key to seal credentials.",
            code="secret_key_missing",
            fix="Set HUB_SECRET_KEY.",
        )
    file = beside.with_name(beside.name + ".key")
    if not file.exists():
        _make_key(file)
    return hashlib.sha256(file.read_bytes()).digest()


def _make_key(file: Path) -> None:
    """Whole or not at all: a process that dies here leaves no empty key, and of two processes one wins."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(base64.urlsafe_b64encode(os.urandom(32)))
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):
            file.hardlink_to(draft)
        draft.unlink()
    except OSError as fault:
        raise StoreProblem(
            f"The secret key file {file} cannot be written: {fault.strerror}.",
            code="secret_key_unwritable",
            fix="Give write access to the folder, or set HUB_SECRET_KEY.",
        ) from None


class Seal:
    """Seals and opens small mappings of secrets with one key, bound to the connection they belong to."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self.key_id = hashlib.sha256(b"key id" + key).hexdigest()[:8]

    def seal(self, secrets: Mapping[str, str], connection: str) -> str:
        """The sealed text."""
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, json.dumps(dict(secrets)).encode(), connection.encode())
        return f"{self.key_id}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str | None, connection: str) -> dict[str, str]:
        """The secrets again; StoreProblem `wrong_secret_key` when they were sealed with another key."""
        if not sealed:
            return {}
        try:
            raw = base64.b64decode(sealed.partition(":")[2])
            opened = self._cipher.decrypt(raw[:12], raw[12:], connection.encode())
        except (InvalidTag, ValueError):
            raise StoreProblem(
                f"The credentials of {connection} were sealed with another secret key.",
                code="wrong_secret_key",
                fix="Set HUB_SECRET_KEY to the key they were sealed with, or connect again.",
            ) from None
        return dict(json.loads(opened))
