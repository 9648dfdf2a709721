/* Only while very many file at once: the browser looks for a number whose SHA-256 begins with zero bits, while somebody
   reads the last page. Without it the clue is taken in all the same. Plain script for old web views. */
(function () {
  "use strict";
  var field = document.querySelector("[data-puzzle]");
  if (!field) { return; }
  var challenge = field.getAttribute("data-puzzle") + ":";
  var bits = Number(field.getAttribute("data-bits"));
  var START = [], MIXED = [];

  function fraction(number) { return ((number - Math.floor(number)) * 4294967296) | 0; }
  (function () {
    for (var candidate = 2; MIXED.length < 64; candidate++) {
      var prime = true;
      for (var factor = 2; factor * factor <= candidate; factor++) { if (candidate % factor === 0) { prime = false; break; } }
      if (!prime) { continue; }
      if (START.length < 8) { START.push(fraction(Math.sqrt(candidate))); }
      MIXED.push(fraction(Math.pow(candidate, 1 / 3)));
    }
  })();

  function turned(word, by) { return (word >>> by) | (word << (32 - by)); }

  /* The first 32 bits of the SHA-256 of an ASCII text. */
  function first(text) {
    var length = text.length, blocks = ((length + 8) >> 6) + 1, words = [], state = START.slice(), i, block;
    for (i = 0; i < blocks * 16; i++) { words[i] = 0; }
    for (i = 0; i < length; i++) { words[i >> 2] |= text.charCodeAt(i) << (24 - (i % 4) * 8); }
    words[length >> 2] |= 0x80 << (24 - (length % 4) * 8);
    words[blocks * 16 - 1] = length * 8;
    for (block = 0; block < blocks; block++) { mix(state, words.slice(block * 16, block * 16 + 16)); }
    return state[0];
  }
  function mix(state, w) {
    var a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7], i, t, u;
    for (i = 0; i < 64; i++) {
      if (i > 15) {
        t = w[i - 15];
        u = w[i - 2];
        w[i] = (w[i - 16] + w[i - 7] + (turned(t, 7) ^ turned(t, 18) ^ (t >>> 3)) + (turned(u, 17) ^ turned(u, 19) ^ (u >>> 10))) | 0;
      }
      t = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + MIXED[i] + w[i]) | 0;
      u = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach(function (word, at) { state[at] = (state[at] + word) | 0; });
  }

  var tried = 0;
  function search() {
    for (var rest = 500; rest > 0; rest--) {
      if (first(challenge + tried) >>> (32 - bits) === 0) { field.value = String(tried); return; }
      tried++;
    }
    setTimeout(search, 0);
  }
  search();
})();
