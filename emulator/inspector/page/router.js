/** Which view is shown and what is opened in it: `#/credentials/my-id?account=acme`. A token is never in it. */

/** Return the address of a view, or of something that it opens. */
export function address(view, opened = null, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  const search = given.length ? `?${new URLSearchParams(given)}` : "";
  return `#/${view}${opened === null ? "" : `/${encodeURIComponent(opened)}`}${search}`;
}

/** Return view, what is opened and the query of an address; the first view where there is none. */
export function parse(hash, views) {
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view, opened] = path.split("/", 2);
  const query = Object.fromEntries(new URLSearchParams(search));
  return { view: views.includes(view) ? view : views[0], opened: opened ? decoded(opened) : null, query };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Write an address into the address bar, for a view that shows it already. */
export function note(to) {
  history.replaceState(null, "", to);
}
