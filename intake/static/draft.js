/* The draft of the form: what is typed on any page outlives a reload and a dead network, but not the tab, the sending
   or "forget". Contact data is never kept, only that there was some, so that whoever comes back reads that it is gone. Plain script for old web views; the form works without it. */
(function () {
  "use strict";
  var APART = /^(csrf_token|go|step|key|stamp|answer|memo|notice|topic|blur|named|contact_name|contact_way|contact_mail|files|too_large)$/;
  var form = document.querySelector("form[data-draft]");
  var store = null;
  try { store = window.sessionStorage; } catch (refused) { return; }
  if (!store) { return; }
  var gone = document.querySelector("[data-forgotten]");
  if (gone) { gone.addEventListener("click", function () { store.removeItem("draft"); }); return; }
  if (!form) { store.removeItem("draft"); return; }

  var key = form.querySelector("[name=key]");
  var step = form.querySelector("[name=step]").value;
  var forget = form.querySelector("[data-forget]");
  var offline = form.querySelector("[data-offline]");
  var came = window.location.hash;
  var way = form.querySelector("[name=contact_way]");
  var owed = false;

  function fields(use) {
    Array.prototype.forEach.call(form.elements, function (field) {
      if (field.name && !APART.test(field.name) && !/^(submit|button|file)$/.test(field.type)) { use(field); }
    });
  }
  function read() {
    try { return JSON.parse(store.getItem("draft")); } catch (broken) { return null; }
  }
  function keep(sent) {
    var values = {};
    fields(function (field) {
      if (field.value && (field.type !== "radio" || field.checked)) { values[field.name] = field.value; }
    });
    forget.hidden = !values.text;
    if (!values.text) { store.removeItem("draft"); return; }
    try { store.setItem("draft", JSON.stringify({ key: key.value, step: step, sent: sent, contact: given() || owed, values: values })); } catch (full) { return; }
  }
  function given() { return Boolean(way && way.value); }
  function remind() {
    var told = form.querySelector("[data-contact-gone]");
    if (told) { told.hidden = !owed || given(); }
  }
  function put(values, only) {
    var known = {};
    var chosen = form.querySelector("select[name=place1]");
    fields(function (field) {
      if (chosen && /^place/.test(field.name)) { return; }
      known[field.name] = true;
      if (!(field.name in values) || (only && field.type === "hidden")) { return; }
      if (field.type === "radio") { field.checked = field.value === values[field.name]; } else { field.value = values[field.name]; }
    });
    Object.keys(values).forEach(function (name) {
      if (known[name] || /^place/.test(name) || only) { return; }
      hide(name, values[name]);
    });
    if (chosen) {
      choose(values);
    } else {
      places(function (name) { if (values[name] && !known[name]) { hide(name, values[name]); } });
    }
  }
  function places(use) { ["place1", "place2", "place3", "place4"].forEach(use); }
  function hide(name, value) {
    var hidden = document.createElement("input");
    hidden.type = "hidden";
    hidden.name = name;
    hidden.value = value;
    form.appendChild(hidden);
  }
  /* As far as the lists are there they show the draft's choice; what is below waits in hidden fields for its list. */
  function choose(values) {
    var last = null;
    var waits = false;
    places(function (name) {
      var select = waits ? null : form.querySelector("select[name=" + name + "]");
      if (!values[name]) { return; }
      if (select) { select.value = values[name]; }
      if (select && select.value === values[name]) { last = select; return; }
      waits = true;
      hide(name, values[name]);
    });
    if (last && (waits || !form.querySelector("select[name=place" + (Number(last.name.charAt(5)) + 1) + "]"))) {
      var event = document.createEvent("Event");
      event.initEvent("change", true, false);
      last.dispatchEvent(event);
    }
  }
  /* A fresh form takes up the draft with its key, so that sending again what was sent files nothing twice. */
  function resume(draft) {
    var bar = form.querySelector("[data-restored]");
    var fresh = key.value;
    put(draft.values, false);
    key.value = draft.key;
    bar.hidden = false;
    bar.querySelector("button").value = draft.step;
    bar.querySelector("button").hidden = draft.step === step;
    if (draft.sent) {
      form.querySelector("[name=text]").addEventListener("input", function () { key.value = fresh; });
    }
    if (/^#[a-z]+$/.test(came) && came !== "#" + step) {
      bar.querySelector("button").value = came.slice(1);
      bar.querySelector("button").click();
    }
  }
  /* What a POST answered counts as a GET from here on: reload and the back key ask nothing and end at no error of the
     browser's, but in a fresh form that takes up the draft and goes on to the step that the address names. */
  function settle() {
    if (window.history.replaceState) { window.history.replaceState(null, "", form.getAttribute("data-draft") + "#" + step); }
  }

  var draft = read();
  var typed = form.querySelector("textarea");
  if (draft && draft.key === key.value && draft.step === step) {
    put(draft.values, true);
  } else if (draft && draft.key !== key.value && typed && !typed.value) {
    resume(draft);
  }
  owed = Boolean(draft && draft.contact && !given());
  remind();
  keep(Boolean(draft && draft.sent && draft.key === key.value));
  window.addEventListener("load", settle);
  form.addEventListener("input", function () { keep(false); remind(); });
  form.addEventListener("change", function () { keep(false); });
  form.addEventListener("submit", function (event) {
    if (window.navigator.onLine === false) {
      event.preventDefault();
      offline.hidden = false;
      return;
    }
    if (way && way.type !== "hidden") { owed = false; }
    keep(step === "review");
  });
})();
