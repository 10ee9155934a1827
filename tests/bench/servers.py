"""Yardsticks over the wire, on the receiver's own server.

python -m bench.servers empty PORT URL       an empty Flask handler
python -m bench.servers stock PORT URL       checks, and commits each request with the library
"""

import signal
import sys
import threading

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

from bench import stock
from kit.processes import TOKEN
from kit.world import PUBLIC_URL
from webapp.callback_retries import PATIENCE_SECONDS
from webapp.callbacks import CALLBACKS, LARGEST_BODY
from webapp.serving.inline import Inline
from webapp.serving.listener import listen
from webapp.serving.server import Server
from webapp.serving.site import Site
from webapp.twilio_requests import SIGNATURE


def empty_app(_url: str) -> Flask:
    """Answers at once."""
    app = Flask(__name__)

    @app.post("/<path:place>")
    def take(place: str) -> Response:
        return Response(status=204)

    return app


def stock_app(url: str) -> Flask:
    """Twilio's own check of the signature, then load, change and save with the stock library."""
    app, texts = Flask(__name__), stock.Texts(stock.environment(url))
    validator = RequestValidator(TOKEN)

    @app.post("/<path:place>")
    def take(place: str) -> Response:
        form = request.form.to_dict()
        signature = request.headers["X-Twilio-Signature"]
        if not validator.validate(PUBLIC_URL + request.path, form, signature):
            return Response(status=403)
        texts.receive(place, form)
        return Response(status=204)

    return app


def _on_loop(app: Flask) -> Inline:
    return Inline(
        app=app,
        prefix=CALLBACKS,
        proof=SIGNATURE.lower().encode(),
        largest_body=LARGEST_BODY,
        patience_seconds=PATIENCE_SECONDS,
        on_unproven=lambda: None,
        on_too_large=lambda: None,
    )


def main(kind: str, port: str, url: str) -> None:
    """Serve until told to stop; what commits by itself waits, and so gets a thread."""
    app = empty_app(url) if kind == "empty" else stock_app(url)
    inline = _on_loop(app) if kind == "empty" else None
    server = Server(Site(app, inline=inline), listener=listen("127.0.0.1", int(port)))
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    server.start()
    print(server.url, flush=True)
    stop.wait()
    server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
