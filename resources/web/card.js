// Runs in the program's own script world, once, in the shell page. The page's own scripts are off.
(() => {
  const host = document.getElementById("card");
  const root = host.attachShadow({ mode: "open" });
  const base = new CSSStyleSheet();
  const deck = new CSSStyleSheet();
  const fonts = new CSSStyleSheet();
  root.adoptedStyleSheets = [base, deck];
  // Fonts are known to a page as a whole, never to a part of it: only they leave the card.
  document.adoptedStyleSheets = [fonts];
  const page = document.createElement("html");
  root.append(page);
  let shownCss = "";
  let classes = "card";
  let night = false;

  const bodyClasses = () => classes + (night ? " nightMode night_mode" : "");

  function setCss(css) {
    if (css === shownCss) return;
    shownCss = css;
    deck.replaceSync(css.replace(/:root(?![\w-])/g, ":host"));
    fonts.replaceSync(
      [...deck.cssRules].filter((rule) => rule instanceof CSSFontFaceRule).map((rule) => rule.cssText).join("\n"));
  }

  function tidy(body) {
    // A link must reach the program as a plain click, and pictures must be there in the first frame.
    for (const link of body.querySelectorAll("a, area")) {
      for (const name of ["target", "ping", "download"]) link.removeAttribute(name);
    }
    for (const image of body.querySelectorAll("img")) image.decoding = "sync";
    // A sound is asked for by a click on an address that is never loaded.
    for (const mark of body.querySelectorAll(".sound[data-sound]")) {
      const link = document.createElement("a");
      link.className = "sound";
      link.title = mark.title;
      link.setAttribute("aria-label", `Play ${mark.dataset.sound}`);
      link.href = `card://sound/${encodeURIComponent(mark.dataset.sound)}`;
      link.textContent = mark.textContent;
      mark.replaceWith(link);
    }
  }

  globalThis.mlsd = {
    show(side) {
      const body = document.createElement("body");
      const inside = document.createElement("div");
      inside.id = "qa";
      inside.innerHTML = side.html;
      tidy(inside);
      body.append(inside);
      classes = side.classes;
      body.className = bodyClasses();
      setCss(side.css);
      const before = scrollY;
      page.replaceChildren(body);
      scrollTo(0, side.answer ? before : 0);
      const answer = side.answer && body.querySelector("#answer");
      if (answer && answer.getBoundingClientRect().top > innerHeight * 0.8) answer.scrollIntoView();
    },
    theme(colors, dark, sheet) {
      night = dark;
      base.replaceSync(`:host { ${Object.entries(colors).map(([name, value]) => `--${name}: ${value};`).join(" ")} }\n${sheet}`);
      host.classList.toggle("night", dark);
      document.documentElement.style.background = colors.bg;
      document.documentElement.style.colorScheme = dark ? "dark" : "light";
      page.className = dark ? "night-mode nightMode night_mode" : "";
      if (page.firstChild) page.firstChild.className = bodyClasses();
    },
    scroll(pages) {
      scrollBy(0, innerHeight * pages);
    },
  };
})();
