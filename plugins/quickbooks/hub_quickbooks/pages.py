"""Where a person sees an object in the browser: QuickBooks' own page of it, or the local sandbox's."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from hub.adapters import RemoteRef
from hub_quickbooks.codec.kinds import kind_for
from hub_quickbooks.settings import QuickBooksSettings


def address(settings: QuickBooksSettings, realm: str, ref: RemoteRef, posts_as: str) -> str | None:
    """The address; None for what has no page of its own.

    It leads through the log-in page, which chooses the company first: an id alone would open whatever has that id in
    the company that the person looked at last.
    """
    kind = kind_for(ref.type, posts_as)
    if kind is None or not realm:
        return None
    if settings.sandbox_url:
        return f"{settings.sandbox_url}/?{urlencode({'realm': realm, 'list': kind.entity, 'id': ref.remote_id})}"
    if not kind.page:
        return None
    wanted = f"{kind.page}={quote(ref.remote_id, safe='')}"
    return f"{settings.pages_at}/login?{urlencode({'pagereq': wanted, 'deeplinkcompanyid': realm})}"
