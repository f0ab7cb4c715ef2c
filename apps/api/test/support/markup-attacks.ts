/** Text that runs as a script where it is taken for HTML: each sets `window.attacked`. */
export const runningMarkup: readonly string[] = [
  '<img src=x onerror="attacked=1">',
  '<iframe srcdoc="<script>parent.attacked=1</script>">',
  '<details open ontoggle="attacked=1">x',
  '"><img src=x onerror=attacked=1>',
  "'><img src=x onerror=attacked=1>",
  '</code></pre></p></a></li></ul><img src=x onerror=attacked=1>',
  '--><img src=x onerror=attacked=1>',
]

/** What has got past sanitizers, by another parse, another namespace or another decoding (mutation XSS). */
export const markupAttacks: readonly string[] = [
  ...runningMarkup,
  '<svg onload="attacked=1">',
  '<script>attacked=1</script>',
  '<a href="javascript:attacked=1" autofocus onfocus="attacked=1">x</a>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=attacked=1&gt;">',
  '<form><math><mtext></form><form><mglyph><style></math><img src onerror=attacked=1>',
  '<svg></p><style><a id="</style><img src=1 onerror=attacked=1>">',
  '<noscript><p title="</noscript><img src=x onerror=attacked=1>">',
  '<listing>&lt;img src=1 onerror=attacked=1&gt;</listing>',
  '<xmp><img alt="</xmp><img src=x onerror=attacked=1>">',
  '<textarea><img title="</textarea><img src=x onerror=attacked=1>">',
  '<template><img src=x onerror=attacked=1></template>',
  '<svg><![CDATA[><img src=x onerror=attacked=1>]]></svg>',
  '<!--><img src=x onerror=attacked=1>-->',
  '<x/onpointerenter=attacked=1 style=position:fixed;inset:0>',
  '<base href="https://evil.test/"><meta http-equiv=refresh content="0;url=javascript:attacked=1">',
  '<style>@import "javascript:attacked=1"</style><link rel=stylesheet href="data:,*{}">',
  '&lt;img src=x onerror=attacked=1&gt;',
  '&#60;img src=x onerror=attacked=1&#62;',
  '\\u003cimg src=x onerror=attacked=1\\u003e',
  '＜img src=x onerror=attacked=1＞',
  '<\u000cimg src=x onerror=attacked=1>',
  '+ADw-img src=x onerror=attacked=1+AD4-',
  `${'`'}><img src=x onerror=attacked=1>${'`'}`,
  '{{constructor.constructor("attacked=1")()}}',
  ']]><img src=x onerror=attacked=1>',
]

/** Links that would run, or lead where nobody said. */
export const linkAttacks: readonly string[] = [
  ...[
    'javascript:attacked=1',
    'JaVaScRiPt:attacked=1',
    'java\tscript:attacked=1',
    '\u0001javascript:attacked=1',
  ],
  ...[
    'data:text/html,<script>parent.attacked=1</script>',
    'vbscript:attacked',
    'blob:https://a.test/1',
  ],
  ...[
    '//evil.test',
    '/\\evil.test',
    'https:evil.test',
    'https://user@evil.test/',
    'file:///etc/passwd',
  ],
  ...['https://a.test/" onclick="attacked=1', "https://a.test/' onmouseover='attacked=1"],
  ...[
    'https://a.test/"><img src=x onerror=attacked=1>',
    'https://a.test/&quot; onclick=&quot;attacked=1',
  ],
]
