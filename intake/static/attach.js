(function () {
  "use strict";

  /* Files are attached as soon as they are chosen; one that is too large stays here and is named on the next page. */
  function within(input, files) {
    try {
      var box = new DataTransfer();
      files.forEach(function (file) { box.items.add(file); });
      input.files = box.files;
      return true;
    } catch (old) { return false; }
  }
  function name(input, file) {
    var hidden = document.createElement("input");
    hidden.type = "hidden";
    hidden.name = "too_large";
    hidden.value = file.name;
    input.form.appendChild(hidden);
  }
  function advice(file) {
    var cut = /^(video|audio)/.test(file.type) ? "请剪短后再选" : /^image/.test(file.type) ? "请截取要紧的部分再选" : "请只留要紧的页再选";
    return "“" + file.name + "”超过 20 MB，" + cut + "。";
  }
  Array.prototype.forEach.call(document.querySelectorAll("[data-attach]"), function (input) {
    var most = Number(input.getAttribute("data-attach")) * 1024 * 1024;
    var button = input.form.querySelector("[value=attach]");
    var words = document.createElement("p");
    words.className = "message";
    words.setAttribute("role", "alert");
    input.parentNode.insertBefore(words, input);
    input.addEventListener("change", function () {
      var all = Array.prototype.slice.call(input.files);
      var large = all.filter(function (file) { return file.size > most; });
      var others = all.filter(function (file) { return file.size <= most; });
      words.textContent = "";
      if (large.length && (!others.length || !within(input, others))) {
        words.textContent = large.map(advice).join("") + (others.length ? "一个都还没有附上，请去掉它再选其余的。" : "");
        input.value = "";
        return;
      }
      large.forEach(function (file) { name(input, file); });
      if (others.length) { button.click(); button.textContent = "正在上传和清理，请稍等…"; }
    });
  });
})();
