"""Which door a path goes through, and what each half loads."""

import subprocess
import sys

import pytest

from amends.api.serve import Beside, is_ours


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/v1/experiments",
        "/s/AAAA",
        "/s",
        "/healthz",
        "/readyz",
        "/metrics",
        "//api/v1",
        "/s/../x",
    ],
)
def test_our_addresses_are_ours_however_they_end(path):
    assert is_ours(path)


@pytest.mark.parametrize(
    "path", ["/", "", "/studies", "/apian", "/static/api.js", "/_stcore/stream", "/healthzz", "/x/api"]
)
def test_all_else_is_the_dashboards(path):
    assert not is_ours(path)


@pytest.mark.parametrize(
    ("scope", "taken_by"),
    [
        ({"type": "http", "path": "/api/v1"}, "api"),
        ({"type": "http", "path": "/"}, "pages"),
        ({"type": "websocket", "path": "/_stcore/stream"}, "pages"),
        ({"type": "websocket", "path": "/api/stream"}, "pages"),
        ({"type": "lifespan"}, "pages"),
    ],
)
def test_a_request_goes_to_one_half_only(scope, taken_by):
    import asyncio

    taken = []

    def half(name):
        async def application(scope, receive, send):
            taken.append(name)

        return application

    asyncio.run(Beside(half("api"), half("pages"))(scope, None, None))

    assert taken == [taken_by]


def test_serving_the_api_alone_loads_neither_streamlit_nor_statistics():
    code = (
        "import sys\n"
        "from amends import Experiment, Lab, silence, sorry\n"
        "from amends.api.serve import create_application\n"
        "lab = Lab.in_memory([Experiment(key='late', notice='Late.', arms=[sorry('Sorry.'), silence()])])\n"
        "create_application(lab, host='127.0.0.1', port=8501, only='api')\n"
        "heavy = {'streamlit', 'pandas', 'scipy', 'statsmodels', 'altair'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_refresh_does_not_search_every_object_for_what_is_garbage():
    code = (
        "import gc\n"
        "from amends.api.serve import dashboard\n"
        "dashboard(host='127.0.0.1', port=8501)\n"
        "from streamlit import config\n"
        "assert config.get_option('runner.postScriptGC') is False\n"
        "assert gc.isenabled()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
