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
  let pageGround = "#ffffff";

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

  // Decks are mostly drawn for white paper. On our own ground, text whose colour cannot be read there is
  // moved towards white or black until it can; where a deck brings its own ground, its colours are its own.
  const READABLE = 4.5;

  const hexToRgb = (hex) => `rgb(${[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(" ")})`;

  const channels = (color) => (color.match(/[\d.]+/g) || []).map(Number);

  function luminance([red, green, blue]) {
    const linear = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  function readable(color, ground) {
    const towards = luminance(ground) < 0.4 ? 255 : 0;
    for (let share = 0; share <= 1; share += 0.1) {
      const mixed = color.slice(0, 3).map((value) => Math.round(value + (towards - value) * share));
      if (contrast(mixed, ground) >= READABLE) return share ? `rgb(${mixed.join(" ")})` : "";
    }
    return towards ? "#fff" : "#000";
  }

  function makeReadable(body, ground) {
    const own = new Set([body, page]);
    const known = new Map();
    const texts = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    for (let count = 0; texts.nextNode() && count < 4000; count += 1) {
      const element = texts.currentNode.parentElement;
      if (!texts.currentNode.data.trim() || element.closest("svg, .occlusion")) continue;
      let behind = element;
      while (!own.has(behind) && channels(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
      if (!own.has(behind)) continue;
      const color = getComputedStyle(element).color;
      if (!known.has(color)) known.set(color, readable(channels(color), ground));
      if (known.get(color)) element.style.setProperty("color", known.get(color), "important");
    }
  }

  // A click on a picture shows it as large as the view allows; the next click, or the next card, puts it back.
  let enlarged = null;

  function putBack() {
    enlarged?.remove();
    enlarged = null;
  }

  function enlarge(image) {
    const { naturalWidth: width, naturalHeight: height } = image;
    if (!width || !height) return;
    enlarged = document.createElement("div");
    enlarged.id = "enlarged";
    Object.assign(enlarged.style, {
      position: "fixed", inset: "0", zIndex: "2147483647", display: "grid", placeItems: "center",
      background: pageGround, cursor: "zoom-out",
    });
    const large = document.createElement("img");
    large.alt = image.alt;
    large.src = image.src;
    large.style.width = `min(96vw, ${(96 * width) / height}vh)`;
    enlarged.append(large);
    enlarged.addEventListener("click", putBack);
    document.body.append(enlarged);
  }

  root.addEventListener("click", (event) => {
    const image = event.target.closest("img");
    if (image && !image.closest("a, .occlusion")) enlarge(image);
  });

  globalThis.mlsd = {
    show(side) {
      putBack();
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
      // The card's ground reaches to the edges of the view, also behind the place of the scroll bar.
      const ground = channels(getComputedStyle(body).backgroundColor);
      const isOurs = ground[3] === 0 || night;
      document.documentElement.style.background = ground[3] === 0 ? pageGround : `rgb(${ground.slice(0, 3).join(" ")})`;
      if (isOurs) makeReadable(body, ground[3] === 0 ? channels(hexToRgb(pageGround)) : ground);
      scrollTo(0, side.answer ? before : 0);
      const answer = side.answer && body.querySelector("#answer");
      if (answer && answer.getBoundingClientRect().top > innerHeight * 0.8) answer.scrollIntoView();
    },
    theme(colors, dark, sheet) {
      night = dark;
      base.replaceSync(`:host { ${Object.entries(colors).map(([name, value]) => `--${name}: ${value};`).join(" ")} }\n${sheet}`);
      host.classList.toggle("night", dark);
      pageGround = colors.bg;
      document.documentElement.style.background = pageGround;
      document.documentElement.style.colorScheme = dark ? "dark" : "light";
      page.className = dark ? "night-mode nightMode night_mode" : "";
      if (page.firstChild) page.firstChild.className = bodyClasses();
    },
    scroll(pages) {
      scrollBy(0, innerHeight * pages);
    },
  };
})();
