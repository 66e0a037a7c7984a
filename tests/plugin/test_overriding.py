"""`northflank_options` overridden for a part of a session: the nearest to a test counts, whichever comes first."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.plugin.conftest import Project

LIMITED = """
import pytest

@pytest.fixture(scope="session")
def northflank_options(northflank_options):
    return {**northflank_options, "rate_limit_requests": 7}
"""
CONFTEST = """
import pytest
from client import limit_of

@pytest.fixture(scope="session")
def account(northflank_server):
    handle = northflank_server.fresh()
    print("made", limit_of(handle))
    yield handle
    print("ended", limit_of(handle))

def pytest_report_teststatus(report):
    if report.when == "call" and report.passed:
        return "passed", "", ""
"""
MEASURED = '''

def limit_of(handle):
    """Return the limit of a server, as a client sees it."""
    connection = http.client.HTTPConnection(urlsplit(handle.url).netloc, timeout=10)
    try:
        connection.request("GET", "/v1/")
        return int(connection.getresponse().headers["x-ratelimit-limit"])
    finally:
        connection.close()
'''


def uses(limit: int) -> str:
    """Return tests of a file in which the limit has to be this, however they come by their server."""
    return f"""
from client import *

@pytest.fixture(scope="module")
def shared(northflank_server):
    return northflank_server.fresh()

def test_it(northflank):
    assert limit_of(northflank) == {limit}

def test_all(northflank, northflank_server, shared, account):
    assert {{limit_of(handle) for handle in (northflank, northflank_server, shared, account)}} == {{{limit}}}
    assert len({{handle.url for handle in (northflank, northflank_server, shared, account)}}) == 1
    print(northflank.url)

@pytest.mark.parametrize("name", ["northflank", "northflank_server", "account"])
def test_asked_for_on_the_way(request, name):
    assert limit_of(request.getfixturevalue(name)) == {limit}
"""


@pytest.fixture
def files(project: Project) -> Project:
    """A project whose modules have `northflank_options` of their own, or those of a folder, or none."""
    project.conftest(CONFTEST)
    project.write("client.py", project.read("client.py") + MEASURED)
    project.write("test_usual.py", f"import pytest\n{uses(1000)}")
    project.write("test_limited.py", LIMITED + uses(7))
    project.write("folder/conftest.py", LIMITED.replace("7", "9"))
    project.write("folder/test_folder.py", f"import pytest\n{uses(9)}")
    project.write("folder/test_limited_too.py", LIMITED + uses(7))
    return project


@pytest.mark.parametrize("order", list(permutations(["test_usual.py", "test_limited.py", "folder"])), ids=" ".join)
def test_the_options_nearest_to_a_test_count_in_any_order(files: Project, order: tuple[str, ...]) -> None:
    result = files.run("-q", *order)
    result.assert_outcomes(passed=20)


def test_equal_options_share_a_server_and_it_is_kept(files: Project) -> None:
    files.write("test_z_usual.py", f"import pytest\n{uses(1000)}")
    result = files.run("-s", "-q", "test_usual.py", "test_limited.py", "folder", "test_z_usual.py")
    result.assert_outcomes(passed=25)
    urls = [line for line in result.outlines if line.startswith("http://")]
    assert len(urls) == 5
    usual, limited, folder, limited_too, again = urls
    assert usual == again
    assert limited == limited_too
    assert len({usual, limited, folder}) == 3


def test_what_was_made_of_a_server_ends_where_other_options_count(files: Project) -> None:
    result = files.run("-s", "-q", "test_usual.py", "test_limited.py")
    told = [line for line in result.outlines if line.startswith(("made", "ended"))]
    assert told == ["made 1000", "ended 1000", "made 7", "ended 7"]


def test_a_class_can_have_options_of_its_own(files: Project) -> None:
    files.test(
        """
        class TestLimited:
            @pytest.fixture(scope="session")
            def northflank_options(self):
                return {"rate_limit_requests": 7}

            def test_it(self, northflank):
                assert limit_of(northflank) == 7

        def test_before(northflank):
            assert limit_of(northflank) == 1000

        class TestAgain(TestLimited):
            pass
        """
    )
    files.run("test_it.py").assert_outcomes(passed=3)


def test_options_that_cannot_be_used_fail_their_own_tests_only(files: Project) -> None:
    files.write("test_limited.py", LIMITED.replace("7", "-1") + uses(7))
    result = files.run("-q", "test_usual.py", "test_limited.py", "folder/test_folder.py")
    result.assert_outcomes(passed=10, errors=2, failed=3)
    result.stdout.fnmatch_lines(["*northflank_options: rate_limit_requests: '-1'*"])


def test_options_can_be_parameters(project: Project) -> None:
    project.write("client.py", project.read("client.py") + MEASURED)
    project.passes(
        """
        @pytest.fixture(scope="session", params=[7, 9])
        def northflank_options(request):
            return {"rate_limit_requests": request.param}

        def test_one(northflank, northflank_options):
            assert limit_of(northflank) == northflank_options["rate_limit_requests"]

        def test_two(northflank, northflank_options):
            assert limit_of(northflank) == northflank_options["rate_limit_requests"]
        """,
        count=4,
    )
