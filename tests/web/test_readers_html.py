"""What is left of a page for readers of a permalink: words and marks, and nothing that leads."""

import pytest

from webapp.readers_html import shared_main


def main(html):
    return shared_main(f"<body><a href='/x'>nav</a><main id=m>{html}</main><p>foot</p></body>", str)


@pytest.mark.parametrize(
    ("html", "left"),
    {
        '<p class="a" onclick="x()" style="y">Ada &amp; Ben</p>': '<p class="a">Ada &amp; Ben</p>',
        '<a href="/audit" rel="next">Audit <b>trail</b></a>': "<span>Audit <b>trail</b></span>",
        '<a class="button" href="/x">Export</a>after': "after",
        '<form action="/x"><p>in</p><input name="a"><button>b</button></form>out': "out",
        "<script>alert(1)</script><style>p{}</style>x": "x",
        '<nav class="tabs"><a href="/x">A</a></nav>': "",
        '<nav class="counts"><a href="/x">All 2</a></nav>': (
            '<div class="counts"><span>All 2</span></div>'
        ),
        "<noscript><p>a</p></noscript><math>b</math><x-y>c</x-y>d": "d",
        '<section class="panel-left"><ul><li>Ben</li></ul></section><p>Ada</p>': "<p>Ada</p>",
        '<button type="button" class="tip-trigger" aria-describedby="t">why</button>': (
            '<span class="tip-trigger" aria-describedby="t" tabindex="0">why</span>'
        ),
        '<svg viewBox="0 0 1 1"><path d="M1 1"/></svg>': (
            '<svg viewbox="0 0 1 1"><path d="M1 1"></path></svg>'
        ),
        '<div data-live="/x" data-copy="y" hidden>z</div>': '<div hidden="">z</div>',
        '<img src="/x"><iframe src="/x">y</iframe>a<br>b': "a<br>b",
        "<p>&lt;script&gt;</p>": "<p>&lt;script&gt;</p>",
        "<ul><li>one<li>two</ul>end": "<ul><li>one<li>two</li></li></ul>end",
        "</div><p>stray ends</p></main>": "<p>stray ends</p>",
    }.items(),
)
def test_only_what_is_harmless_is_left(html, left):
    assert main(html) == left


def test_every_text_and_every_attribute_that_may_hold_words_is_masked():
    html = (
        '<main><p title="x1" aria-label="x2" class="x3">x4<i data-label="x5"></i>'
        '<b aria-description="x6" aria-valuetext="x7" aria-labelledby="x8" aria-controls="x9"></b>'
        "</p></main>"
    )
    masked = shared_main(html, lambda text: text.replace("x", "•"))
    assert masked == (
        '<p title="•1" aria-label="•2" class="x3">•4<i data-label="•5"></i>'
        '<b aria-description="•6" aria-valuetext="•7" aria-labelledby="x8" aria-controls="x9"></b>'
        "</p>"
    )


def test_a_page_without_a_main_part_is_empty():
    assert shared_main("<p>words</p>", str) == ""
