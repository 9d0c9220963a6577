namespace Kindred.Words.Corpora;

/// <summary>Joins the phrases of one pass in a stream of tokens, from the left; what was joined is not joined again in the same pass.</summary>
/// <param name="pass">The phrases.</param>
/// <param name="take">Gets each token.</param>
/// <param name="endLine">Called after each line.</param>
internal sealed class PhraseJoiner(PhrasePass pass, TokenSplitter.Taker take, Action endLine)
{
    private readonly byte[] _text = new byte[TokenSplitter.LongestToken + 1];
    private int _held;   // bytes of the token that waits for its neighbour

    internal void Take(ReadOnlySpan<byte> token)
    {
        int whole = _held + 1 + token.Length;
        if (_held > 0 && whole <= TokenSplitter.LongestToken)
        {
            _text[_held] = (byte)' ';
            token.CopyTo(_text.AsSpan(_held + 1));
            if (pass.Contains(_text.AsSpan(0, whole)))
            {
                _text[_held] = (byte)'_';
                _held = 0;
                take(_text.AsSpan(0, whole));
                return;
            }
        }
        Release();
        if (token.Length > _text.Length)
        {
            take(token);
            return;
        }
        token.CopyTo(_text);
        _held = token.Length;
    }

    internal void EndLine()
    {
        Release();
        endLine();
    }

    private void Release()
    {
        if (_held > 0) take(_text.AsSpan(0, _held));
        _held = 0;
    }
}
