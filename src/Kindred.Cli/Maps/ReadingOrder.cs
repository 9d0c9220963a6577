using System.Text;

namespace Kindred.Cli.Maps;

/// <summary>
/// Puts a line of text that reads from both sides into the order in which it is drawn from the left: what Unicode's algorithm (UAX #9) does to a
/// line without marks of direction. Letters go to their script's side, digits read from the left everywhere, what lies between goes with its neighbours.
/// </summary>
internal static class ReadingOrder
{
    private enum Kind
    {
        Neutral,
        Left,
        Right,
        Digit,
    }

    /// <summary>The line's parts from left to right, each of one direction.</summary>
    public static IReadOnlyList<(int Start, int Length, bool FromRight)> Of(string text)
    {
        // a level a char: even from the left, odd from the right
        var kinds = Kinds(text);
        int first = Array.FindIndex(kinds, kind => kind is Kind.Left or Kind.Right), side = first >= 0 && kinds[first] == Kind.Right ? 1 : 0;
        int[] levels = Levels(kinds, side);
        var parts = new List<(int Start, int Length, int Level)>();
        for (int from = 0, to; from < text.Length; from = to)
        {
            for (to = from + 1; to < text.Length && levels[to] == levels[from];) to++;
            parts.Add((from, to - from, levels[from]));
        }

        for (int level = 2; level > 0; level--)
            for (int from = 0, to; from < parts.Count; from = to + 1)
            {
                for (to = from; to < parts.Count && parts[to].Level >= level;) to++;
                parts.Reverse(from, to - from);
            }

        return [.. parts.Select(p => (p.Start, p.Length, p.Level % 2 == 1))];
    }

    private static Kind[] Kinds(string text)
    {
        var kinds = new Kind[text.Length];
        int at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            int code = rune.Value, next = at + rune.Utf16SequenceLength;
            var kind = Rune.IsDigit(rune) ? Kind.Digit
                : code is (>= 0x590 and <= 0x8FF) or (>= 0xFB1D and <= 0xFDFF) or (>= 0xFE70 and <= 0xFEFC) or (>= 0x10800 and <= 0x10FFF) or (>= 0x1E800 and <= 0x1EFFF) && (Rune.IsLetter(rune) || IsMark(rune)) ? Kind.Right
                : Rune.IsLetter(rune) ? Kind.Left
                : Kind.Neutral;
            if (IsMark(rune) && at > 0) kind = kinds[at - 1];   // a mark goes with what it stands on
            for (; at < next; at++) kinds[at] = kind;
        }

        // a sign between two digits is part of the number, such as 1,200.5 and 12:30
        for (int i = 1; i + 1 < kinds.Length; i++)
            if (kinds[i] == Kind.Neutral && kinds[i - 1] == Kind.Digit && kinds[i + 1] == Kind.Digit && text[i] is '.' or ',' or ':' or '/') kinds[i] = Kind.Digit;
        return kinds;
    }

    private static int[] Levels(Kind[] kinds, int side)
    {
        int number = 2;   // read from the left within what reads from the right
        int[] levels = new int[kinds.Length];
        int strong = side;
        for (int i = 0; i < kinds.Length; i++)
        {
            if (kinds[i] is Kind.Left or Kind.Right) strong = kinds[i] == Kind.Right ? 1 : 0;
            levels[i] = kinds[i] switch
            {
                Kind.Right => 1,
                Kind.Left => side == 1 ? 2 : 0,
                Kind.Digit => strong == 1 || side == 1 ? number : 0,
                _ => -1,
            };
        }

        for (int from = 0, to; from < kinds.Length; from = to)
        {
            for (to = from; to < kinds.Length && levels[to] < 0;) to++;
            bool before = from == 0 ? side == 1 : IsRight(from - 1), after = to == kinds.Length ? side == 1 : IsRight(to);
            int level = before == after && before ? 1 : before == after ? (side == 1 ? 2 : 0) : side;
            for (int i = from; i < to; i++) levels[i] = level;
            to++;
        }

        return levels;

        // a number in a text that reads from the right counts as such
        bool IsRight(int i) => levels[i] == 1 || (kinds[i] == Kind.Digit && levels[i] == number);
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.EnclosingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;
}
