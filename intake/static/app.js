/* Progressive only: every page works without this file. No modules, no newer syntax than old web views know. */
(function () {
  "use strict";

  function each(selector, use) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), use);
  }

  /* Copy button of the receipt. */
  each("[data-copy]", function (button) {
    var source = document.getElementById(button.getAttribute("data-copy"));
    button.hidden = false;
    button.addEventListener("click", function () {
      function done() { button.textContent = "已复制"; }
      function select() {
        var range = document.createRange();
        range.selectNodeContents(source);
        window.getSelection().removeAllRanges();
        window.getSelection().addRange(range);
        if (document.execCommand("copy")) { done(); } else { button.textContent = "请长按选中的查询码复制"; }
      }
      if (navigator.clipboard && window.isSecureContext) {
        navigator.clipboard.writeText(source.textContent).then(done, select);
      } else {
        select();
      }
    });
  });

  /* What is sent once is pressed once. The button works again when the page is shown again, and when no answer comes. */
  function press(form, stopped) {
    Array.prototype.forEach.call(form.querySelectorAll("button"), function (button) { button.disabled = stopped; });
  }
  each("form[data-once]", function (form) {
    form.addEventListener("submit", function (event) {
      window.setTimeout(function () { if (!event.defaultPrevented) { press(form, true); } }, 0);
      window.setTimeout(function () { press(form, false); }, 20000);
    });
    window.addEventListener("pageshow", function () { press(form, false); });
  });

  /* Lists of regions: choosing one fetches the list below it. */
  each("[data-places]", function (box) {
    var address = box.getAttribute("data-places");
    var titles = { province: "省", city: "市（州、盟）", county: "县（市、区、旗）", township: "乡镇、街道" };
    var listed = box.querySelector("[name=listed]");
    box.addEventListener("change", function (event) {
      var depth = Number(event.target.name.replace("place", ""));
      if (!depth) { return; }
      each("[data-places] select", function (select) {
        if (Number(select.name.replace("place", "")) > depth) { select.parentNode.remove(); }
      });
      listed.value = "";
      list(event.target, depth);
    });
    function list(chosen, depth) {
      var code = chosen.value;
      if (!code || depth === 4) { return; }
      fetch(address + code).then(function (answer) { return answer.json(); }).then(function (rows) {
        if (chosen.value !== code || listed.value === code) { return; }
        listed.value = code;
        if (rows.length) { add(depth + 1, rows); }
      });
    }
    /* A restored draft left its choice in a hidden field: it moves into the list as soon as there is one. */
    function keep(select) {
      var kept = box.parentNode.querySelector("input[type=hidden][name=" + select.name + "]");
      if (!kept) { return; }
      select.value = kept.value;
      kept.parentNode.removeChild(kept);
      var event = document.createEvent("Event");
      event.initEvent("change", true, false);
      select.dispatchEvent(event);
    }
    function add(depth, rows) {
      var label = document.createElement("label");
      var select = document.createElement("select");
      label.className = "sub";
      label.textContent = rows[0][2] ? titles[rows[0][2]] : "下一级";
      select.name = "place" + depth;
      select.appendChild(new Option("请选择", ""));
      rows.forEach(function (row) { select.appendChild(new Option(row[1], row[0])); });
      label.appendChild(select);
      box.querySelector(".row").appendChild(label);
      keep(select);
    }
    /* Somebody was quicker than this script. */
    var selects = box.querySelectorAll("select");
    var last = selects[selects.length - 1];
    if (last.value && listed.value !== last.value) { list(last, selects.length); }
  });

  /* A wording goes into the field: in place of another wording, behind what somebody wrote. */
  function isOwn(field) {
    var own = field.value.trim() !== "";
    each("[data-fill='" + field.id + "']", function (link) {
      if (link.getAttribute("data-words").trim() === field.value.trim()) { own = false; }
    });
    return own;
  }
  each("[data-fill]", function (link) {
    link.addEventListener("click", function (event) {
      var field = document.getElementById(link.getAttribute("data-fill"));
      event.preventDefault();
      field.value = (isOwn(field) ? field.value + "\n" : "") + link.getAttribute("data-words");
      each("[name=reason][value='" + link.getAttribute("data-reason") + "']", function (choice) { choice.checked = true; });
      field.focus();
    });
  });
  each(".decide [name=reason]", function (choice) {
    choice.addEventListener("change", function () {
      each("[data-reason='" + choice.value + "']", function (link) {
        var field = document.getElementById(link.getAttribute("data-fill"));
        if (!isOwn(field)) { field.value = link.getAttribute("data-words"); }
      });
    });
  });

  /* What was written and not sent is lost by another step or clue: only after a question. */
  each("[data-loses]", function (box) {
    box.addEventListener("click", function (event) {
      var written = false;
      each(".decide textarea", function (field) {
        written = written || (isOwn(field) && (field.value !== field.defaultValue || document.querySelector("[role=alert]") !== null));
      });
      if (written && !window.confirm("写的内容还没有提交，" + box.getAttribute("data-loses") + "会丢掉它。")) { event.preventDefault(); }
    });
  });

  /* The form that a key has opened is ready to be written in; else, where something is wrong, that is read first. */
  var wrong = document.getElementById("wrong");
  var first = document.querySelector(".decide form input:not([type=hidden]), .decide form select, .decide form textarea, .decide form button");
  if (wrong) { wrong.focus(); } else if (first && window.location.hash === "#first") { first.focus(); }

  /* The office that the rules give, and why, follow the category that is chosen. */
  each("[data-ruled]", function (ruled) {
    var form = ruled.form;
    var why = document.getElementById(ruled.getAttribute("data-ruled"));
    form.addEventListener("change", function () {
      var other = form.elements.other;
      var chosen = other.value ? other.options[other.selectedIndex] : form.querySelector("[name=category]:checked");
      if (!chosen) { return; }
      ruled.textContent = chosen.getAttribute("data-office");
      why.textContent = chosen.getAttribute("data-why");
    });
  });

  /* Keys of the console: the key written on a link, a choice or a button goes to it; never while somebody types. */
  function typing(element) {
    return /^(TEXTAREA|SELECT)$/.test(element.tagName) || (element.tagName === "INPUT" && !/^(radio|checkbox)$/.test(element.type));
  }
  function step(by) {
    var links = Array.prototype.slice.call(document.querySelectorAll(".queue .what a"));
    var at = links.indexOf(document.activeElement) + by;
    if (links.length) { links[Math.max(0, Math.min(at, links.length - 1))].focus(); }
  }
  document.addEventListener("keydown", function (event) {
    var key = String(event.key).toUpperCase();
    if (key === "ESCAPE") { each("#keys[open]", function (help) { help.open = false; }); }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing || typing(event.target)) { return; }
    if (!/^[A-Z0-9\/?]$/.test(key)) { return; }
    var target = document.querySelector('[data-key="' + key + '"]');
    if (!target) {
      if (key === "J") { step(1); }
      if (key === "K") { step(-1); }
      return;
    }
    event.preventDefault();
    if (target.hash === "#decide") { target.hash = "#first"; }
    if (target.tagName === "SUMMARY") { target.parentNode.open = true; }
    target.focus();
    if (target.tagName === "A" || target.type === "radio" || target.hasAttribute("data-press")) { target.click(); }
  });
})();
