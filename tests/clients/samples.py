"""What the tests store, with every field that add takes."""

from typing import Any, Final

# Any, because the SDK types it as a TypedDict of its own and the other clients send it as JSON.
FULL: Final[Any] = {
    "name": "Production Images",
    "provider": "ecr",
    "registryUrl": "https://registry.example.com",
    "aws": {"region": "eu-west-1"},
    "gcp": {"projectId": "shop-1"},
    "azure": {"resourceGroup": "shop"},
    "integrationId": "team/aws-1",
    "credentials": {"username": "robot", "password": "s3cret", "scope": {"pull": True, "push": False}},
    "restrictions": {"restricted": True, "projects": ["web-shop"]},
}
ID: Final = "production-images"

# Three pages of two.
FIVE: Final = [f"images-{number}" for number in range(5)]

# The one token that the emulator of `strict_url` knows.
READER: Final = "reader"
