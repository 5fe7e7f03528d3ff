/** Names of elements that HTML and SVG define: words that no data is in. A custom element may be called anything. */

export const TAGS: ReadonlySet<string> = new Set(
  (
    'a address article aside audio b blockquote body br button canvas caption circle cite code col colgroup datalist dd ' +
    'del details dfn dialog div dl dt em fieldset figcaption figure footer form g h1 h2 h3 h4 h5 h6 head header hr html ' +
    'i iframe img input ins kbd label legend li line link main mark menu meta meter nav object ol optgroup option ' +
    'output p path picture polygon pre progress q rect s section select slot small source span strong style sub ' +
    'summary sup svg table tbody td template text textarea tfoot th thead time title tr u ul use video'
  ).split(' '),
)
