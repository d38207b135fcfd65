import HTTP
import Testing

@Suite struct FieldsTests {
    @Test func comparesNamesWithoutCase() {
        var fields: Fields = ["Accept": "a", "accept": "b", "X": "c"]
        #expect(fields["ACCEPT"] == "a")
        #expect(fields.values("accept") == ["a", "b"])
        #expect(fields["y"] == nil)
        fields["aCCept"] = "d"
        #expect(fields.all.map(\.value) == ["c", "d"])
        fields["x"] = nil
        #expect(fields.count == 1)
    }

    @Test func onlyASCIILettersHaveACase() {
        #expect(!Fields.areEqual("é", "É"))
        #expect(!Fields.areEqual("[", "{"))
        #expect(!Fields.areEqual("@", "`"))
    }

    @Test func splitsLists() {
        let fields: Fields = ["connection": " close ,, Keep-Alive", "Connection": "\tx\t"]
        #expect(fields.list("connection") == ["close", "keep-alive", "x"])
    }
}
