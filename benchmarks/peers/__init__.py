"""Other queues at their best setting for the same work: each stores the records' JSON durably and does nothing with it.

A peer is a module with `NAME`, `NEEDS` (its import), `HOW` (durability and acknowledgement, for the table), and:

    prepare(where) -> None           make an empty queue there
    enqueue(where, texts) -> None    put one task per text, durably
    work(where, go) -> None          in a process of its own: get ready, call go(), which waits, and drain the queue
    left(where) -> int               how many tasks are not acknowledged yet

`where` is an address: a file, a PostgreSQL URL, or a port.
"""
