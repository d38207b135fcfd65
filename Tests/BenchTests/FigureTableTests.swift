import Bench
import JSON
import Testing

/// Figures as people and programs see them.
@Suite struct FigureTableTests {
    @Test func everyFigureIsShownShortly() {
        let shown: [(FigureTable.Figure, String)] = [
            (.text("a"), "a"), (.marked("a", mark: "= "), "= a"), (.count(12), "12"), (.none, "-"),
            (.number(3.14159, decimals: 2), "3.14"), (.number(0.05, decimals: 1), "0.1"),
            (.number(-0.001, decimals: 2), "0.00"), (.number(-1.5, decimals: 0), "-2"),
            (.number(.infinity, decimals: 1), "-"), (.number(.nan, decimals: 1), "-"),
            (.number(1e15, decimals: 1), "-"),
            (.share(0.0994), "9.9 %"), (.share(0.0995), "10 %"), (.share(1.234), "123 %"),
            (.time(seconds: 0.0015, of: 0.003), "1.500  50 %"),
        ]
        for (figure, text) in shown { #expect(figure.shown == text) }
    }

    @Test func programsGetNumbersAndNull() {
        #expect(FigureTable.Figure.share(0.25).json == .double(0.25))
        #expect(FigureTable.Figure.time(seconds: .nan, of: 1).json == .null)
        #expect(FigureTable.Figure.marked("a", mark: "= ").json == .string("a"))
        var table = FigureTable([("part", "part"), ("n", "count")])
        table.add([.text("a"), .count(5)])
        #expect(table.json.serialized() == #"[{"part":"a","n":5}]"#)
    }

    @Test func textStandsToTheLeftAndFiguresToTheRight() {
        var table = FigureTable([("name", "name"), ("n", "n")])
        table.add([.text("a"), .count(5)])
        table.add([.marked("bb", mark: "= "), .none])
        #expect(table.lines == ["name  n", "a     5", "= bb  -"])
        #expect(table.headLine == "name             n")
        #expect(table.line(of: [.text("a"), .count(5)]) == "a                5")
    }
}
