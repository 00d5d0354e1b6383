"""A person who changes the language gets the screen of that language, not one set for the language before."""

from __future__ import annotations


def test_UX_04_a_title_is_set_alike_whatever_language_the_page_was_loaded_in(screen):
    def looks():
        screen.see_title("Type your 8-digit code")
        return screen.page.evaluate(
            """() => {
              const title = document.querySelector("h1");
              const style = getComputedStyle(title);
              return [style.letterSpacing, style.lineHeight, title.getBoundingClientRect().height];
            }"""
        )

    screen.touch("language en")
    screen.press("collect")
    english = looks()
    screen.touch("language zh-CN")
    screen.see_title("请输入 8 位取件码")
    screen.page.reload()
    screen.see_title("请输入 8 位取件码")
    screen.touch("language en")
    assert looks() == english


def test_UX_02_no_company_is_cut_below_its_line(screen):
    screen.press("dropoff")
    screen.see_title("Sign in with your PIN")
    cut = screen.page.evaluate(
        """() => [...document.querySelectorAll(".login .choice b")].filter((b) => {
          const range = document.createRange();
          range.selectNodeContents(b);
          return range.getBoundingClientRect().bottom > b.getBoundingClientRect().bottom + 0.5;
        }).length"""
    )
    assert cut == 0
