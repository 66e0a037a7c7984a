"""The same client, tested with unittest: one emulator for all tests, an account for each."""

import unittest
from typing import ClassVar

from emulator import Emulator

from registry_client import ApiError, Registries


class RegistriesTest(unittest.TestCase):
    emulator: ClassVar[Emulator]

    @classmethod
    def setUpClass(cls) -> None:
        cls.emulator = cls.enterClassContext(Emulator())

    def setUp(self) -> None:
        self.northflank = self.enterContext(self.emulator.fresh())
        self.registries = Registries(self.northflank.token, self.northflank.url)

    def test_a_registry_that_is_added_is_stored(self) -> None:
        self.registries.add("My Registry", "ecr")

        self.assertEqual([stored["id"] for stored in self.northflank.credentials], ["my-registry"])
        self.northflank.verify(operation="add-registry", times=1)

    def test_a_name_that_is_taken_is_refused(self) -> None:
        self.registries.add("My Registry", "ecr")

        with self.assertRaises(ApiError) as refused:
            self.registries.add("my registry", "gar")

        self.assertEqual(refused.exception.status, 409)


if __name__ == "__main__":
    unittest.main()
