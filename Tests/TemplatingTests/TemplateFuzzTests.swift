import JSON
import Templating
import Testing

@Suite struct TemplateFuzzTests {
    /// Sequence of numbers that is the same in every run.
    struct Numbers {
        var state: UInt64

        mutating func next(below bound: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return Int((mixed ^ mixed >> 31) % UInt64(max(bound, 1)))
        }
    }

    static let pieces = [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "|", "(", ")", "[", "]", "{", "}", ":", ",", ".", "'", "\"", "\\",
        "\n", " ",
        "0", "-1", "9223372036854775807", "1e308", "none", "true", "x", "loop", "messages", "caller()", "varargs",
        " if ", " else ",
        " in ", " is ", " not ", "~", "//", "**", "%", "=", "==", "{% endif %}", "{% endfor %}", "{% endmacro %}",
        "{% raw %}",
        "[::-1]", "[1:]", "|list", "|tojson", "|map('upper')", "|sort", "|join", ".split()", ".format(1)", "\u{1F600}",
        "é", "\u{0}",
        "range(9)", "namespace(a=1)", "|batch(2)", "|groupby(0)", "|indent(3)", "|round(1)", "|int",
        "|replace('a','b')", "*9", "[0]",
    ]

    @Test(arguments: 0..<8)
    func mutatedTemplatesNeverTrap(seed: Int) {
        var numbers = Numbers(state: UInt64(seed) &* 7_919)
        let limits = TemplateLimits(
            maximumSteps: 5_000, maximumOutputBytes: 10_000, maximumDepth: 100, maximumSourceBytes: 1 << 16)
        let sources = TemplateFixtures.cases.map(\.source)
        var endings = (texts: 0, errors: 0)
        for _ in 0..<2_500 {
            var scalars = Array(sources[numbers.next(below: sources.count)].unicodeScalars)
            for _ in 0...numbers.next(below: 4) { mutate(&scalars, with: &numbers, sources) }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            let error = TemplateFixtures.failure(String(view), extra: TemplateFixtures.variables, limits: limits)
            if let error {
                endings.errors += 1
                if error.line < 1 { Issue.record("no line: \(String(view))") }
            } else {
                endings.texts += 1
            }
        }
        #expect(endings.texts > 100)
        #expect(endings.errors > 100)
    }

    private func mutate(_ scalars: inout [Unicode.Scalar], with numbers: inout Numbers, _ sources: [String]) {
        let place = numbers.next(below: scalars.count + 1)
        switch numbers.next(below: 5) {
        case 0: scalars.removeSubrange(place..<min(place + 1 + numbers.next(below: 4), scalars.count))
        case 1:
            scalars.insert(contentsOf: Self.pieces[numbers.next(below: Self.pieces.count)].unicodeScalars, at: place)
        case 2:
            let other = Array(sources[numbers.next(below: sources.count)].unicodeScalars)
            scalars.insert(contentsOf: other.prefix(numbers.next(below: other.count + 1)), at: place)
        case 3: scalars.removeSubrange(place...)
        default:
            guard place < scalars.count else { return }
            scalars[place] = Unicode.Scalar(UInt8(32 + numbers.next(below: 95)))
        }
    }
}
