(function () {
  "use strict";

  /* Files are attached as soon as they are chosen; one that is too large is named before anything is sent. */
  Array.prototype.forEach.call(document.querySelectorAll("[data-attach]"), function (input) {
    var most = Number(input.getAttribute("data-attach")) * 1024 * 1024;
    var button = input.form.querySelector("[value=attach]");
    var words = document.createElement("p");
    words.className = "message";
    words.setAttribute("role", "alert");
    input.parentNode.insertBefore(words, input);
    input.addEventListener("change", function () {
      var large = Array.prototype.filter.call(input.files, function (file) { return file.size > most; });
      words.textContent = large.map(function (file) { return "“" + file.name + "”超过 20 MB，请剪短、压缩或截取后再选。"; }).join("");
      if (large.length) { input.value = ""; return; }
      if (input.files.length) { button.click(); button.textContent = "正在上传和清理，请稍等…"; }
    });
  });
})();
