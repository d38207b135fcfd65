import JSON
import Templating
import Testing

@Suite struct HostileTemplateTests {
    static let work = [
        "{% for i in range(25000) %}{% for j in range(25000) %}{% endfor %}{% endfor %}",
        "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}",
        "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l == ns.l[:] }}",
        "{% set ns = namespace(t=(1,)) %}{% for i in range(60) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}{{ {ns.t: 1} }}",
        "{{ 'x' * 1000000000 }}", "{{ 'x' * 9223372036854775807 }}", "{{ [1] * 1000000000 }}",
        "{{ 'ab' * 4611686018427387904 }}",
        "{{ 'x'|center(1000000000) }}", "{{ 'x'.ljust(1000000000) }}", "{{ '1'.zfill(1000000000) }}",
        "{{ '%1000000000d' % 1 }}", "{{ '%s'|format('x' * 20000000) }}", "{{ 'a\\nb'|indent(1000000000) }}",
        "{{ [1]|tojson(indent=1000000000) }}", "{{ ('a' * 10000).replace('a', 'b' * 10000) }}",
        "{{ ('a' * 5000).replace('', 'b' * 5000) }}",
        "{{ [1, 2]|batch(1000000000, 'x')|list }}", "{{ [1]|slice(1000000000)|list }}",
        "{% set x = 'a' * 1000000 %}{% for i in range(1000) %}{{ x }}{% endfor %}",
        "{% set x = 'a' * 1000000 %}{% for i in range(100000) %}{% set y = x.replace('b', 'c') %}{% endfor %}",
        "{% set x = 'a' * 100000 %}{% for i in range(100000) %}{% set y = x[50000] %}{% endfor %}",
        "{{ range(100000000) }}", "{{ range(-9223372036854775808, 9223372036854775807) }}", "{{ 10 ** 1000000 }}",
        "{{ 2.0 ** 1000000 }}",
        "{% set x = 'a' * 1000000 %}{{ x|list|map('upper')|list|length }}{{ x|list|length }}{{ x|list|length }}",
        "{% set x = 'a' * 9000000 %}{% set d = {'a': 1} %}{% for i in range(100000) %}{% set y = d[x] %}{% endfor %}",
        "{% set x = 'a' * 9000000 %}{% for i in range(100000) %}{% set y = 'b'.strip(x) %}{% set y = 'b'.split(x) %}{% endfor %}",
        "{% for i in range(100000) %}{% set y = '%.2f' % 1e308 %}{% endfor %}",
        "{% set x = '1' * 9000000 %}{% for i in range(100000) %}{% set y = x|int %}{% set z = x|float %}{% endfor %}",
        "{% set x = 'a.' * 4000000 %}{% for i in range(100000) %}{% set y = [1]|map(attribute=x)|list %}{% endfor %}",
        "{% set x = 'a' * 9000000 %}{% for i in range(100000) %}{% set y = [x]|string %}{% set z = x is upper %}{% endfor %}",
        "{% for a in range(9999) %}{% for b in ('y' * 100000) %}{% endfor %}{% endfor %}",
    ]

    @Test(arguments: work)
    func endsWithinItsBudget(source: String) {
        #expect(TemplateFixtures.failure(source) != nil)
    }

    static let nesting = [
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(n) %}{{ f(n + 1) ~ 'x' }}{% endmacro %}{{ f(0) }}",
        "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{{ caller() }}{% endmacro %}{% call f() %}x{% endcall %}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% set ns = namespace(l=[]) %}{% for i in range(5000) %}{% set ns.l = [ns.l] %}{% endfor %}",
        "{% set ns = namespace(l={}) %}{% for i in range(5000) %}{% set ns.l = {'a': ns.l} %}{% endfor %}",
        "{% set ns = namespace(l='a') %}{% for i in range(5000) %}{% set ns.l = ns.l|map('upper') %}{% endfor %}{{ ns.l|list }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(5000) %}{% set ns.l = [ns.l.index] %}{% endfor %}",
        "{% set ns = namespace(l=1) %}{% for i in range(5000) %}{% set ns.l = cycler(ns.l) %}{% endfor %}",
        "{% set ns = namespace(l=1) %}{% for i in range(5000) %}{% set ns.l = joiner(ns.l) %}{% endfor %}",
        "{% set ns = namespace(f=none) %}{% macro g() %}{% macro h() %}{% endmacro %}{% set ns.f = h %}{% endmacro %}"
            + "{% macro deepen(f) %}{% macro k() %}{{ f() }}{% endmacro %}{% set ns.f = k %}{% endmacro %}{{ g() }}"
            + "{% for i in range(5000) %}{{ deepen(ns.f) }}{% endfor %}{{ ns.f() }}",
    ]

    @Test(arguments: nesting)
    func deepNestingIsAnErrorOnASmallStack(source: String) {
        onSmallStack {
            #expect(TemplateFixtures.failure(source) != nil)
        }
    }

    @Test func chainsOfObjectsAreFreedOnASmallStack() {
        let sources = [
            "{% set ns = namespace(l=none) %}{% for i in range(20000) %}{% set ns.l = namespace(a=ns.l) %}{% endfor %}ok",
            "{% set ns = namespace(l=none) %}{% for i in range(20000) %}{% for x in [ns.l] %}{% set ns.l = loop %}{% endfor %}{% endfor %}ok",
            "{% set ns = namespace(l=none) %}{% for i in range(20000) %}{% for x in [1] %}{% set y = loop.changed(ns.l) %}{% set ns.l = loop %}{% endfor %}{% endfor %}ok",
            "{% set ns = namespace() %}{% set ns.self = ns %}ok",
            "{% macro m() %}{% endmacro %}{% set ns = namespace(m=m) %}ok",
        ]
        onSmallStack {
            for source in sources { #expect((try? TemplateFixtures.render(source)) == "ok", "\(source)") }
        }
    }

    @Test(arguments: [10, 100, 1_000, 10_000, 100_000])
    func deepSourcesAreReadOrRefusedOnASmallStack(depth: Int) {
        func nested(_ open: String, _ middle: String, _ close: String) -> String {
            String(repeating: open, count: depth) + middle + String(repeating: close, count: depth)
        }
        let sources = [
            "{{ " + nested("(", "1", ")") + " }}", "{{ " + nested("[", "", "]") + " }}",
            "{{ " + nested("{1:", "2", "}") + " }}",
            "{{ " + nested("-", "1", "") + " }}", "{{ " + nested("not ", "1", "") + " }}",
            "{{ 1" + nested("|abs", "", "") + " }}",
            "{{ a" + nested(".b", "", "") + " }}", "{{ a" + nested("[0]", "", "") + " }}",
            "{{ 1" + nested(" if 1 else 1", "", "") + " }}",
            "{{ 1" + nested(" + 1", "", "") + " }}", "{{ 1" + nested(" ~ 1", "", "") + " }}",
            "{{ 1" + nested(" and 1", "", "") + " }}",
            nested("{% if 1 %}", "x", "{% endif %}"), nested("{% for x in [1] %}", "x", "{% endfor %}"),
            "{% if 0 %}" + nested("{% elif 0 %}", "", "") + "{% endif %}", "{{ f" + nested("(", "", ")") + " }}",
            "{% set " + nested("(", "a", ")") + " = 1 %}",
        ]
        let limits = TemplateLimits(
            maximumSteps: 1_000_000, maximumOutputBytes: 1 << 20, maximumDepth: TemplateLimits.serving.maximumDepth,
            maximumSourceBytes: 4 << 20)
        onSmallStack {
            for source in sources {
                let error = TemplateFixtures.failure(source, limits: limits)
                #expect(error.map { $0.line >= 1 } ?? true)
            }
        }
    }

    @Test func longChainsAreNotDeep() throws {
        let sum = "{{ 1" + String(repeating: " + 1", count: 5_000) + " }}"
        #expect(try TemplateFixtures.render(sum) == "5001")
        let text = "{{ 'a'" + String(repeating: " ~ 'a'", count: 5_000) + " }}"
        #expect(try TemplateFixtures.render(text).utf8.count == 5_001)
    }

    @Test func limitsAreExact() throws {
        let limits = TemplateLimits(
            maximumSteps: 1_000, maximumOutputBytes: 100, maximumDepth: 50, maximumSourceBytes: 64)
        #expect(try TemplateFixtures.render("{{ 'x' * 100 }}", limits: limits).utf8.count == 100)
        #expect(TemplateFixtures.failure("{{ 'x' * 101 }}", limits: limits) != nil)
        #expect(TemplateFixtures.failure("{{ 'x' * 60 }}{{ 'x' * 60 }}", limits: limits) != nil)
        #expect(TemplateFixtures.failure(String(repeating: " ", count: 65), limits: limits)?.line == 1)
        #expect(try TemplateFixtures.render(String(repeating: " ", count: 64), limits: limits).utf8.count == 64)
    }

    @Test func longContentIsRenderedWhole() throws {
        let content = String(repeating: "word 漢字 🙂 ", count: 100_000)
        let text = try TemplateFixtures.render(
            "{{ text|trim }}{{ text.split(' ')|length }}{{ text|length }}", extra: ["text": .string(content)])
        #expect(text.hasSuffix("300001" + "1000000"))
    }

    @Test func searchingIsLinear() throws {
        let hay = String(repeating: "a", count: 2_000_000)
        let needle = String(repeating: "a", count: 500_000) + "b"
        let extra: JSONObject = ["hay": .string(hay), "needle": .string(needle)]
        let text = try TemplateFixtures.render(
            "{{ needle in hay }}{{ hay.find(needle) }}{{ hay.count(needle) }}{{ hay.rfind(needle) }}", extra: extra)
        #expect(text == "False-10-1")
    }
}
