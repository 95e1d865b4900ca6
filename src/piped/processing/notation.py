"""How pipelines may be written: each form in a sentence or two, with an example."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from piped.processing.capacity import LimitOptions

__all__ = ["FORMS", "Form"]


@dataclass(frozen=True, slots=True)
class Form:
    """One form. `options` is a record of the options that belong to it."""

    text: str
    example: str
    options: type | None = None


def _form(text: str, example: str, options: type | None = None) -> Form:
    return Form(text, textwrap.dedent(example).strip(), options)


FORMS = (
    _form(
        "A list is a pipeline: each step gets what the one before it gives. A step is the name of"
        " a processor, with its options behind it. What the last one gives is the result.",
        """
        pipelines:
            greet:
                - set-value: {path: greeting, value: Hello}
                - log: {message: "I greet somebody", level: info}
                - passthrough
        """,
    ),
    _form(
        "A mapping says how its steps hang together. `chained_consumers` are a list as above; all"
        " of `consumers` get the same baton. When a step has failed, and nobody nearer to it takes"
        " that, `error_consumers` get the baton that came in; or `chained_error_consumers`, one"
        " after the other.",
        """
        pipelines:
            greet:
                chained_consumers:
                    - eval-lambda: {lambda: "name: 'Hello ' + name"}
                consumers:
                    - log: {message: "greeting somebody"}
                chained_error_consumers:
                    - print-failure-traceback
                    - set-value: {path: "", value: Hello everybody}
        """,
    ),
    _form(
        "The same four lists may stand among the options of any step: who gets what it gives, and"
        " who takes its failures.",
        """
        pipelines:
            count:
                - decode-json:
                      consumers: [log: {message: "it is JSON"}]
                      error_consumers: [log: {message: "it is no JSON"}]
        """,
    ),
    _form(
        "A step may have an `id`, and `existing` leads to it from elsewhere in its pipeline: back,"
        " for a loop, or onward, where ways join.",
        """
        pipelines:
            count:
                - eval-lambda: {id: more, lambda: "n: n + 1"}
                - lambda-decider:
                      lambda: "n: 0 if n < 10 else 1"
                      consumers: [existing: more, passthrough]
        """,
    ),
    _form(
        "Any other mapping is a namespace: its pipelines have names with dots, `mail.send`. As a"
        " resource, as in `processor:`, that is `pipeline.mail.send`. A name that begins with a dot"
        " is looked for beside the pipeline in which it stands, with two dots one level up.",
        """
        pipelines:
            mail:
                receive: [run-pipeline: {pipeline: .send}]
                send: [passthrough]
            forward: [run-pipeline: {pipeline: mail.send}]
        """,
    ),
    _form(
        "`run-pipeline` runs another pipeline, `inline-pipeline` puts a copy of its steps there. A"
        " copy may be told what the pipeline leaves open.",
        """
        pipelines:
            hello: [inline-pipeline: {pipeline: greet, with: {word: Hello}}]
            greet: [set-value: {path: greeting, value: !parameter word}]
        """,
    ),
    _form(
        "A pipeline may have the steps of another, and override the options of some of them, in"
        " the order in which they stand there.",
        """
        pipelines:
            greet: [passthrough, set-value: {path: greeting, value: Hello}]
            part:
                inherits: greet
                overrides: [set-value: {path: greeting, value: Farewell}]
        """,
    ),
    _form(
        "Beside the steps of a mapping may stand how many batons are under way at once, how many"
        " wait, in the order in which they come, and what happens to one more: it waits all the"
        " same (`wait`, if there is no queue), it fails (`fail`, if there is one), it is given up"
        " (`drop-newest`), or the one that has waited longest is (`drop-oldest`).",
        """
        pipelines:
            import:
                concurrency: 4
                queue: 100
                overflow: drop-oldest
                chained_consumers: [wait: {delay: 1s}, passthrough]
        """,
        LimitOptions,
    ),
)
