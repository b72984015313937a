// A Leaflet layer that is one canvas: Leaflet moves it while the map moves, we paint it when the map has come to rest.
export function canvasLayer(pane, paint) {
  const Layer = L.Renderer.extend({
    _initContainer() {
      this._container = document.createElement('canvas');
      this._container.className = 'paint';
    },
    _destroyContainer() {
      this._container.remove();
      delete this._container;
    },
    _updatePaths() {},
    _onZoomEnd() {},
    // Leaflet would move it on by a part of a pixel, which blurs it.
    _reset() { this._update(); },
    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize();
      const ratio = Math.min(window.devicePixelRatio || 1, 2);
      const canvas = this._container;
      L.DomUtil.setPosition(canvas, this._bounds.min);
      if (canvas.width !== size.x * ratio || canvas.height !== size.y * ratio) {
        canvas.width = size.x * ratio;
        canvas.height = size.y * ratio;
        canvas.style.width = `${size.x}px`;
        canvas.style.height = `${size.y}px`;
      }
      this.repaint(ratio);
    },
    repaint(ratio = this.ratio || 1) {
      if (!this._map || !this._bounds) return;
      this.ratio = ratio;
      const context = this._container.getContext('2d');
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, this._container.width, this._container.height);
      this.add(paint);
    },
    // Paints upon what is there.
    add(more) {
      const context = this._container.getContext('2d');
      context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      more(viewOf(this._map, this._bounds, context, this.ratio));
    },
  });
  return new Layer({ pane, padding: 0.25 });
}

// How the grid lies on the canvas: pixel = grid * scale + (left, top); `box` is what of the grid can be seen.
function viewOf(map, bounds, context, ratio) {
  const zoom = map.getZoom();
  const scale = 2 ** (zoom - 20);
  const origin = map.getPixelOrigin();
  const left = -origin.x - bounds.min.x;
  const top = -origin.y - bounds.min.y;
  const { x: width, y: height } = bounds.getSize();
  const box = [-left / scale, -top / scale, (width - left) / scale, (height - top) / scale];
  return { context, ratio, zoom, scale, left, top, width, height, box };
}
