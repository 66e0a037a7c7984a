"""Connexion on uvicorn, as its own command would run it, with one answer prepared; the Python of .peers/venv runs this.

Usage: connexion_app.py PORT DOCUMENT ANSWER; DOCUMENT is an OpenAPI 3.0 file, ANSWER a JSON file.
"""

import json
import sys
from pathlib import Path

import connexion  # type: ignore[import-not-found] # it is installed outside the project's environment
import uvicorn  # type: ignore[import-not-found]

PORT, DOCUMENT, ANSWER = int(sys.argv[1]), Path(sys.argv[2]), json.loads(Path(sys.argv[3]).read_text())


async def add(body: object) -> object:
    return ANSWER


async def health() -> str:
    return "success"


app = connexion.AsyncApp("benchmark", specification_dir=str(DOCUMENT.parent))
app.add_api(DOCUMENT.name, resolver=connexion.Resolver({"add": add, "health": health}.__getitem__))
uvicorn.run(app, host="127.0.0.1", port=PORT, loop="uvloop", http="httptools", log_level="warning", access_log=False)
