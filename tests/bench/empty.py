"""An empty Flask handler on the product's server, where callbacks come: `empty.py --port PORT`."""

import sys
import threading

from flask import Flask, Response

from webapp.callbacks import CALLBACKS
from webapp.server import Server

app = Flask("empty")
app.post(f"{CALLBACKS}<path:_address>")(lambda _address: Response(status=204))
server = Server(app, host="127.0.0.1", port=int(sys.argv[2]), inline=CALLBACKS)
server.start()
sys.stdout.write(f"{server.url}\n")
sys.stdout.flush()
threading.Event().wait()
