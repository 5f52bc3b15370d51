"""As many connections as there are files for: three to each, and some besides."""

import subprocess
import sys

import pytest

ASK = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
from api.connection_limit import most_connections
print(most_connections(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "connections", "files"),
    [(1024, 1024, 208, 1024), (256, 4000, 1200, 4000), (300, 300, 1, 300)],
)
def test_connections_fit_the_files_that_may_be_open(
    soft: int, hard: int, connections: int, files: int
) -> None:
    code = ASK.format(soft=soft, hard=hard)
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(connections), str(files)]
