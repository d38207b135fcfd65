import Engine
import Models
import Scheduling
import Testing

/// Prompts that hold more than tokens.
@Suite struct MediaTests {
    /// Stands in prompts where pictures are, whichever they are.
    private static let placeholder: Int32 = 7

    /// The rows of a picture that does not exist; each is one number.
    private static func rows(_ picture: Int) -> MediaRows? {
        MediaRows(width: 1, values: (0..<3 + picture % 4).map { Float(100 * picture + $0) })
    }

    private static func key(_ picture: Int) -> [UInt8] { [UInt8](repeating: UInt8(picture), count: MediaSpan.keyBytes) }

    /// A request with pictures put into its prompt, one after the other from `place` on.
    static func request(_ plain: GenerationRequest, pictures: [Int], _ place: Int) -> GenerationRequest {
        var request = plain
        var place = min(place, plain.prompt.count)
        for picture in pictures {
            guard let rows = rows(picture) else { continue }
            let range = place..<place + rows.count
            request.prompt.insert(contentsOf: [Int32](repeating: placeholder, count: rows.count), at: place)
            request.media.append(MediaSpan(range: range, key: key(picture), rows: rows))
            place = min(range.upperBound + 1, request.prompt.count)
        }
        return request
    }

    private static func plain(_ salt: [UInt8] = []) -> GenerationRequest {
        var plain = EngineTests.request((0..<18).map { Int32($0) }, maximum: 6, seed: 1)
        plain.cacheSalt = salt
        return plain
    }

    /// Tokens of a prompt that were found; pages have four.
    private static func cached(_ picture: Int, _ run: EngineRun, salt: [UInt8] = []) async -> Int {
        let events = await run.events(request(plain(salt), pictures: [picture], 9))
        #expect(events.ending == .length)
        return events.usage?.cachedTokens ?? -1
    }

    @Test func equalPicturesShareTheirPagesAndOthersNever() async {
        let run = EngineRun(EngineRun.limits(pages: 200, running: 4, waiting: 4))
        #expect(await Self.cached(0, run) == 0)
        #expect(await Self.cached(0, run) == 20, "all full pages before the last token")
        #expect(await Self.cached(4, run) == 8, "the pages in front of the picture, which has as many rows")
        #expect(await Self.cached(4, run) == 20)
        #expect(await Self.cached(0, run, salt: [1]) == 0)
        #expect(await Self.cached(0, run, salt: [1]) == 20)
    }

    @Test func anAnswerDependsOnItsPictures() async {
        var answers: Set<[Int32]> = []
        for picture in 0..<4 {
            let events = await EngineRun.alone().events(Self.request(Self.plain(), pictures: [picture], 9))
            answers.insert(events.tokens.map(\.token))
        }
        #expect(answers.count == 4)
    }

    @Test func whatDoesNotFitIsRefusedByName() async {
        let run = EngineRun.alone()
        let good = Self.request(Self.plain(), pictures: [0, 1], 9)
        let wide = MediaRows(width: 2, values: [1, 2, 3, 4, 5, 6])
        func span(_ range: Range<Int>, _ rows: MediaRows?, key: [UInt8] = Self.key(0)) -> [MediaSpan] {
            rows.map { [MediaSpan(range: range, key: key, rows: $0)] } ?? []
        }
        let cases: [([MediaSpan], String)] = [
            (span(9..<12, wide), "2 values"), (span(9..<11, Self.rows(0)), "2 places"),
            (span(22..<25, Self.rows(0)), "outside"), (span(9..<12, Self.rows(0), key: [1]), "places"),
            (good.media.reversed(), "overlap"), (good.media + good.media, "overlap"),
        ]
        for (media, word) in cases {
            var request = Self.plain()
            request.media = media
            #expect(!media.isEmpty)
            guard case .rejected(.mediaNotTaken(let reason))? = await run.events(request).ending else {
                Issue.record("\(word): taken")
                continue
            }
            #expect(reason.contains(word))
        }
        #expect(MediaRows(width: 2, values: [1, 2, 3]) == nil && MediaRows(width: 2, values: []) == nil)
    }

    /// Names of a small vocabulary: after 12 rows a new epoch begins, and nothing of the old one is found.
    @Test func namesAreNeverUsedForAnythingElse() {
        var symbols = MediaSymbols(last: 12, mostKnown: 4)
        func name(_ picture: Int, _ salt: [UInt8] = []) -> (prompt: [Int32], salt: [UInt8]) {
            var request = Self.request(Self.plain(salt), pictures: [picture], 0)
            let salt = symbols.name(&request)
            return (Array(request.prompt.prefix(3)), salt)
        }
        #expect(name(0).prompt == [-1, -2, -3])
        #expect(name(4).prompt == [-4, -5, -6])
        #expect(name(0).prompt == [-1, -2, -3])
        #expect(name(0, [1]).prompt == [-7, -8, -9])
        #expect(name(8).prompt == [-10, -11, -12])
        #expect(name(8).salt == [])
        let later = name(12)
        #expect(later.prompt == [-1, -2, -3] && later.salt != [])
        #expect(name(0).prompt == [-4, -5, -6] && name(0).salt == later.salt)
        #expect(name(0, [1]).salt != later.salt)
        var text = Self.plain()
        #expect(symbols.name(&text) == [] && text.prompt == Self.plain().prompt)
    }
}
