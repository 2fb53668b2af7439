// A link's secret stands in the fragment, which no server is sent: it is posted from here, once, and
// taken out of the address. Without scripts it is pasted into the same form.
function openFromFragment() {
  const form = document.querySelector("form[data-open]");
  const code = location.hash.slice(1);
  if (!form || !code) return;
  history.replaceState(null, "", location.pathname);
  form.elements.link.value = code;
  form.submit();
}

openFromFragment();
window.addEventListener("hashchange", openFromFragment);
