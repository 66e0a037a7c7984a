"""The bare limit: aiohttp, uvloop and orjson, JSON in and echo out, no validation and no state.

Usage: bare.py PORT [ANSWER]; ANSWER is a file with the bytes that GET / and POST /refuse (status 400) send.
"""

import sys
from pathlib import Path

import orjson
import uvloop
from aiohttp import web

ANSWER = Path(sys.argv[2]).read_bytes() if len(sys.argv) > 2 else b"{}"


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=orjson.dumps(orjson.loads(await request.read())), content_type="application/json")


async def answer(_: web.Request) -> web.Response:
    return web.Response(body=ANSWER, content_type="application/json")


async def refuse(request: web.Request) -> web.Response:
    orjson.loads(await request.read())
    return web.Response(body=ANSWER, content_type="application/json", status=400)


app = web.Application()
app.add_routes([web.post("/v1/integrations/registries", echo), web.get("/", answer), web.post("/refuse", refuse)])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), loop=uvloop.new_event_loop(), print=None, access_log=None)
