"""QuickBooks' endpoints: each call within its deadline and the company's budget, counted by kind, and never repeated
when it writes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hub.adapters import AdapterContext
from hub.errors import AuthorisationLost, BooksProblem
from hub.http import Action, Meaning, NoAnswer, NoRoom, NotSent, Redactor, Reply, Transport, dump_json, meaning_of
from hub.http.meaning import Met
from hub_quickbooks.codec import Draft
from hub_quickbooks.codec.book import Body, Company, ref_of, text_of
from hub_quickbooks.codec.reading import day_of
from hub_quickbooks.envelopes import envelope_of_fault
from hub_quickbooks.faults import Trouble, judge, raised, trouble_in
from hub_quickbooks.limits import BATCH, CALL, CONNECT_SECONDS, budget_of
from hub_quickbooks.settings import QuickBooksSettings

MINOR_VERSION = "75"
PAGE = 1000
PAGES = 1000
"""So many pages of one list at most, with those read again."""
"""Objects that one answer holds at most."""
READ_SECONDS = 60.0
READ_TRIES = 3
NOT_SENT_SECONDS = 15.0

Answer = Body | Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One write: what is done, and the key of the request it stands for."""

    draft: Draft
    key: str


class Client:
    """One company's endpoints, with one set of credentials. `counts` tells calls by kind: reads are metered."""

    def __init__(self, settings: QuickBooksSettings, context: AdapterContext) -> None:
        self._settings, self._now, self._sleep = settings, context.now, context.sleep
        self._token = context.credentials.get("access_token", "")
        self.realm = context.credentials.get("realm_id", "")
        self.budget = budget_of(settings, self.realm, context)
        self._redact = Redactor(context.credentials.values())
        self._transport = Transport(
            read_seconds=settings.read_timeout,
            connect_seconds=CONNECT_SECONDS,
            now=context.now,
            budget=self.budget,
            redact=self._redact,
            id_header="intuit_tid",
        )
        self.counts: Counter[str] = Counter()

    # ------------------------------------------------------------------------------------------------------- reading

    def company(self) -> Company:
        """Who the books are, and their preferences: two calls."""
        info = self._read("GET", f"companyinfo/{self.realm}", "companyinfo").get("CompanyInfo")
        preferences = self._read("GET", "preferences", "preferences").get("Preferences")
        if not isinstance(info, Mapping) or not isinstance(preferences, Mapping):
            raise BooksProblem("QuickBooks told nothing about the company.", fix="Try again later.")
        return _company(self.realm, info, preferences)

    def let_us_number(self, company: Company) -> Company:
        """Switch custom transaction numbers on. Done twice is done once, so it is looked up and tried again."""
        wanted: Body = {"sparse": True, "SalesFormsPrefs": {"CustomTxnNumbers": True}}
        for left in range(READ_TRIES - 1, -1, -1):
            held = self._read("GET", "preferences", "preferences").get("Preferences") or {}
            if (held.get("SalesFormsPrefs") or {}).get("CustomTxnNumbers") is True:
                break
            body = dump_json({"Id": "1", "SyncToken": text_of(held.get("SyncToken")) or "0", **wanted})
            deadline = self._now() + timedelta(seconds=READ_SECONDS)
            answer = self._exchange(Action.WRITE, "POST", "preferences", "preferences", deadline, None, body)
            if not isinstance(answer, Trouble):
                break
            if answer.meaning is not Meaning.LOOK or not left:
                raise raised(answer)
        return replace(company, own_numbers=True)

    def query(self, text: str) -> dict[str, list[Body]]:
        """What a query finds, by entity; an answer holds a thousand objects at most."""
        said = self._read("POST", "query", "query", body=text.encode(), content_type="application/text")
        found = said.get("QueryResponse")
        if not isinstance(found, Mapping):
            raise BooksProblem("QuickBooks answered a query with something else.", fix="Try again later.")
        return {entity: objects for entity, objects in found.items() if isinstance(objects, list)}

    def all(self, entity: str, where: str) -> list[Body]:
        """Everything that meets a condition, page by page. A page begins with the last object of the one before: where
        it does not, something was deleted meanwhile and what follows has moved up, so all is read anew."""
        found: list[Body] = []
        for _ in range(PAGES):
            page = self.query(
                f"select * from {entity}{f' where {where}' if where else ''}"
                f" orderby Id startposition {max(1, len(found))} maxresults {PAGE}"
            ).get(entity, [])
            if found and (not page or page[0].get("Id") != found[-1].get("Id")):
                found = []
                continue
            found += page[1:] if found else page
            if len(page) < PAGE:
                return found
        raise BooksProblem("QuickBooks' list is too long, or changes too fast.", fix="Try again later.")

    def changes(self, entities: Sequence[str], since: datetime) -> tuple[dict[str, list[Body]], datetime | None]:
        """What changed since an instant, by entity, and the server's clock. A thousand objects in all are too many."""
        asked = {"entities": ",".join(entities), "changedSince": since.isoformat(timespec="seconds")}
        said = self._read("GET", "cdc", "cdc", parameters=asked)
        found: dict[str, list[Body]] = {}
        for response in _listed(said, "CDCResponse"):
            for part in _listed(response, "QueryResponse"):
                if part.keys() & {"Fault", "fault"}:
                    raise _no_changes()
                for entity, objects in part.items():
                    if isinstance(objects, list):
                        found.setdefault(entity, []).extend(objects)
        return found, _instant(said.get("time"))

    def _read(
        self,
        method: str,
        path: str,
        kind: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> Body:
        """Ask, and ask again where that may help; a read does nothing."""
        pause = 1.0
        for left in range(READ_TRIES - 1, -1, -1):
            answer = self._exchange(
                Action.READ, method, path, kind, self._now() + timedelta(seconds=READ_SECONDS), parameters, body,
                content_type,
            )  # fmt: skip
            if not isinstance(answer, Trouble):
                return answer
            throttled = answer.meaning is Meaning.WAIT and answer.seconds < READ_SECONDS
            if not left or not (throttled or answer.meaning is Meaning.AGAIN):
                raise raised(answer)
            if not throttled:  # the budget pauses by itself
                self._sleep(pause)
                pause *= 2
        raise AssertionError  # pragma: no cover

    # ------------------------------------------------------------------------------------------------------- writing

    def write(self, item: Item, deadline: datetime) -> Answer:
        """One write in a call of its own; the entity as it is now, or why not."""
        draft = item.draft
        parameters = {"requestid": item.key, **dict(draft.parameters)}
        if draft.operation == "delete":
            parameters["operation"] = "delete"
        answer = self._exchange(
            Action.WRITE, "POST", draft.kind.path, f"{draft.operation} alone", deadline, parameters,
            dump_json(draft.body),
        )  # fmt: skip
        return answer if isinstance(answer, Trouble) else _object(answer, draft)

    def write_together(self, items: Sequence[Item], deadline: datetime) -> list[Answer]:
        """Several writes in one batch: each succeeds or fails by itself, and is known by its own id in it.

        A batch that is refused as a whole was not carried out at all; it is halved, until the write that spoils it
        stands alone. Halves that are left when the time is over were not sent.
        """
        if len(items) == 1:
            return [self.write(items[0], deadline)]
        ids = [batch_id(at, item.key) for at, item in enumerate(items)]
        body = {
            "BatchItemRequest": [
                {"bId": id, "operation": item.draft.operation, item.draft.kind.entity: item.draft.body}
                for id, item in zip(ids, items, strict=True)
            ]
        }
        parameters = {"requestid": request_id([item.key for item in items])}
        answer = self._exchange(Action.WRITE, "POST", "batch", BATCH, deadline, parameters, dump_json(body))
        if isinstance(answer, Trouble):
            if answer.meaning is Meaning.REFUSED:
                half = len(items) // 2
                return self.write_together(items[:half], deadline) + self.write_together(items[half:], deadline)
            return [answer] * len(items)
        listed = answer.get("BatchItemResponse")
        found = (
            {str(each.get("bId")): each for each in listed if isinstance(each, dict)}
            if isinstance(listed, list)
            else {}
        )
        return [self._of_item(found.get(id), item) for id, item in zip(ids, items, strict=True)]

    def _of_item(self, said: Body | None, item: Item) -> Answer:
        self.counts[f"{item.draft.operation} in a batch"] += 1
        if said is None:
            return Trouble(meaning=Meaning.LOOK, message="QuickBooks' answer to the batch leaves this write out")
        fault = said.get("Fault") or said.get("fault")
        if isinstance(fault, Mapping):
            envelope = envelope_of_fault(fault)
            return judge(Action.WRITE, envelope.errors, kind=envelope.kind, throttle=self._settings.pause)
        return _object(said, item.draft)

    # ------------------------------------------------------------------------------------------------------ one call

    def _exchange(
        self,
        action: Action,
        method: str,
        path: str,
        kind: str,
        deadline: datetime,
        parameters: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        if not self._token or not self.realm:
            raise AuthorisationLost("This connection has no authorisation for QuickBooks.", fix="Connect it again.")
        url = f"{self._settings.api}/v3/company/{self.realm}/{path}"
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json", "Content-Type": content_type}
        try:
            reply = self._transport.send(
                method, url, deadline=deadline, kind=BATCH if kind == BATCH else CALL,
                params={"minorversion": MINOR_VERSION, **(parameters or {})}, headers=headers, body=body,
            )  # fmt: skip
        except NoRoom as full:
            seconds = max(0.0, (full.until - self._now()).total_seconds())
            return Trouble(meaning=Meaning.WAIT, message=full.reason, seconds=seconds)
        except NotSent as fault:
            return Trouble(meaning=meaning_of(action, Met.NOT_SENT), message=str(fault), seconds=NOT_SENT_SECONDS)
        except NoAnswer as fault:
            self.counts[kind] += 1
            return Trouble(meaning=meaning_of(action, Met.NO_ANSWER), message=str(fault))
        self.counts[kind] += 1
        return self._content(action, reply)

    def _content(self, action: Action, reply: Reply) -> Answer:
        trouble, envelope = trouble_in(action, reply, self._settings.pause)
        if trouble is None:
            assert envelope.content is not None
            return dict(envelope.content)
        if trouble.meaning is Meaning.WAIT and (reply.status == 429 or (trouble.entry and trouble.entry.code == 3001)):
            seconds = trouble.seconds + _jitter(reply, trouble.seconds)
            self.budget.pause(self._now() + timedelta(seconds=seconds), "QuickBooks asked to pause: too many requests.")
        return _redacted(trouble, self._redact)


def batch_id(at: int, key: str) -> str:
    """A write's id within its batch: with the batch's own id it must not be longer than 50 characters."""
    return f"{at:02}{key[:10]}"


def request_id(keys: Sequence[str]) -> str:
    """A batch's requestid: the same writes in the same order give the same one."""
    return hashlib.blake2b("\n".join(keys).encode(), digest_size=16).hexdigest()


def literal(text: str) -> str:
    """A text as a query spells it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def among(texts: Sequence[str]) -> str:
    """Several texts as a query's IN spells them."""
    return f"({', '.join(map(literal, texts))})"


def _object(said: Body, draft: Draft) -> Answer:
    """The entity in an answer; an answer without its id is none."""
    found = said.get(draft.kind.entity)
    if isinstance(found, dict) and text_of(found.get("Id")):
        return found
    return Trouble(meaning=Meaning.LOOK, message=f"QuickBooks' answer holds no {draft.kind.entity}")


def _company(realm: str, info: Mapping[str, Any], preferences: Mapping[str, Any]) -> Company:
    def of(group: str, name: str) -> Any:
        found = preferences.get(group)
        return found.get(name) if isinstance(found, Mapping) else None

    numbers = of("SalesFormsPrefs", "CustomTxnNumbers")
    return Company(
        id=realm,
        name=text_of(info.get("CompanyName")) or realm,
        country=text_of(info.get("Country")) or "US",
        currency=ref_of(of("CurrencyPrefs", "HomeCurrency")) or "USD",
        many_currencies=of("CurrencyPrefs", "MultiCurrencyEnabled") is True,
        own_numbers=numbers is True,
        sales_tax=of("TaxPrefs", "UsingSalesTax") is True,
        closed_up_to=day_of(of("AccountingInfoPrefs", "BookCloseDate")),
    )


def _instant(value: object) -> datetime | None:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return instant if instant is not None and instant.tzinfo is not None else None


def _jitter(reply: Reply, seconds: float) -> float:
    """Up to a tenth more, so that not everybody comes back at once; drawn from the exchange, not from chance."""
    drawn = hashlib.blake2b(reply.request_id.encode() + reply.body, digest_size=2).digest()
    return seconds / 10 * int.from_bytes(drawn) / 65536


def _redacted(trouble: Trouble, redact: Callable[[str], str]) -> Trouble:
    return replace(trouble, message=redact(trouble.message))


def _listed(said: Body, name: str) -> list[Body]:
    """A list that must be there: an answer without it would read as if nothing had changed."""
    found = said.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _no_changes()
    return found


def _no_changes() -> BooksProblem:
    return BooksProblem("QuickBooks' list of changes cannot be read.", fix="Try again later.")
