import Platform
import Testing

@Suite struct TextFileTests {
    @Test func aByteOrderMarkIsNoPartOfTheText() throws {
        let tree = try TemporaryTree()
        try tree.write("a", "\u{FEFF}naïve")
        #expect(try TextFile.text(tree.path + "/a") == "naïve")
    }

    @Test func whatCannotBeReadIsNamed() throws {
        let tree = try TemporaryTree()
        try tree.write("a", [0x61, 0xff])
        let bytes = #expect(throws: TextFileError.self) { try TextFile.text(tree.path + "/a") }
        #expect(bytes?.description == tree.path + "/a: not UTF-8")
        let none = #expect(throws: TextFileError.self) { try TextFile.bytes(tree.path + "/none") }
        #expect(none?.description == tree.path + "/none: open: No such file or directory")
        #expect(TextFile.name("-") == "standard input")
    }

    @Test(arguments: [
        (0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (98_304_000, "93.8 MiB"), (3 << 40, "3.0 TiB"),
    ])
    func sizesAreForPeople(_ bytes: Int, _ text: String) { #expect(Size.text(bytes) == text) }

    @Test func variablesAreThoseOfTheProcess() throws {
        let all = ProcessEnvironment.variables
        #expect(!all.isEmpty)
        for (name, value) in all { #expect(ProcessEnvironment.value(name) == value) }
        #expect(ProcessEnvironment.value("MICHAT_TEST_NO_SUCH_VARIABLE") == nil)
    }
}
