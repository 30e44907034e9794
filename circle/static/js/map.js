// The map: what the list beside it tells, drawn. Nothing is fetched from elsewhere unless the office
// has named an address for tiles.

const place = document.getElementById("map");
const COLOURS = { brand: "#0d5c50", good: "#2b6a2f", warn: "#b25d00", danger: "#a92a1c", none: "#56605c" };
const CLOSEST = 17;

async function draw() {
  const { L } = window;
  const answer = await fetch(place.dataset.source, { headers: { Accept: "application/json" } });
  if (!answer.ok || !L) {
    throw new Error("no data");
  }
  const scene = await answer.json();
  const { zoomIn: zoomInTitle, zoomOut: zoomOutTitle, tiles } = place.dataset;
  // Tiles are sharp at whole steps only; without them what there is may fill the map.
  const zoomSnap = tiles ? 1 : 0.25;
  const map = L.map(place, { zoomControl: false, attributionControl: false, maxZoom: CLOSEST + 1, zoomSnap });
  L.control.zoom({ zoomInTitle, zoomOutTitle }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  const credit = L.control.attribution({ prefix: false }).addTo(map);
  if (tiles) {
    L.tileLayer(tiles, { maxZoom: CLOSEST + 1 }).addTo(map);
  }
  if (tiles || scene.reach?.byStreet) {
    credit.addAttribution("© OpenStreetMap");
  }
  const bounds = L.latLngBounds([]);
  drawReach(L, map, scene, bounds);
  for (const community of scene.communities) {
    const colour = community.covered === null ? COLOURS.none : community.covered ? COLOURS.good : COLOURS.warn;
    dot(L, community, { radius: 8, color: "#fff", weight: 2, fillColor: colour, fillOpacity: 1 }).addTo(map);
  }
  for (const post of scene.posts) {
    badge(L, post, "post-mark", String(post.posts)).addTo(map);
  }
  for (const station of scene.stations) {
    badge(L, station, station.isGig ? "station-mark gig-mark" : "station-mark", "").addTo(map);
  }
  if (!bounds.isValid()) {
    for (const mark of [...scene.communities, ...scene.stations, ...scene.posts]) {
      bounds.extend(mark.at);
    }
  }
  if (!bounds.isValid()) {
    map.remove();
    say(place.dataset.empty);
    return;
  }
  map.fitBounds(bounds, { padding: [24, 24], maxZoom: CLOSEST - 1 });
}

function drawReach(L, map, scene, bounds) {
  const { reach, start } = scene;
  if (!start) {
    return;
  }
  if (reach?.byStreet) {
    const style = { color: COLOURS.good, weight: 7, opacity: 0.5, interactive: false };
    bounds.extend(L.polyline(reach.streets, style).addTo(map).getBounds());
  } else if (reach) {
    const style = { radius: reach.metres, color: COLOURS.good, weight: 2, dashArray: "6 6", interactive: false };
    L.circle(start.at, style).addTo(map);
    // The circle itself knows its bounds only once the map has a view.
    bounds.extend(L.latLng(start.at).toBounds(2 * reach.metres));
  }
  bounds.extend(start.at);
  L.circleMarker(start.at, { radius: 13, color: COLOURS.brand, weight: 3, fill: false, interactive: false }).addTo(map);
}

function dot(L, mark, style) {
  return L.circleMarker(mark.at, style).bindPopup(() => told(mark));
}

function badge(L, mark, className, html) {
  const icon = L.divIcon({ className, html, iconSize: [28, 28] });
  return L.marker(mark.at, { icon, title: mark.name, alt: mark.name }).bindPopup(() => told(mark));
}

function told(mark) {
  const box = document.createElement("div");
  box.append(Object.assign(document.createElement("strong"), { textContent: mark.name }));
  box.append(Object.assign(document.createElement("p"), { textContent: mark.words }));
  if (mark.from) {
    const address = `${place.dataset.open}?from=${encodeURIComponent(mark.from)}`;
    box.append(Object.assign(document.createElement("a"), { href: address, textContent: place.dataset.go }));
  }
  return box;
}

function say(sentence) {
  place.classList.add("map-silent");
  place.replaceChildren(Object.assign(document.createElement("p"), { textContent: sentence }));
}

if (place) {
  draw().catch(() => say(place.dataset.broken));
}
