using System.Text;
using Kindred.Store.Reading;

namespace Kindred.Store.Tests.Reading;

/// <summary>Reads documents from memory, as the file's name says.</summary>
internal static class Read
{
    public static ReadResult Result(string name, ReadOnlySpan<byte> bytes, ReadOptions? options = null) =>
        Documents.Read(new MemoryStream(bytes.ToArray()), name, DocumentKinds.Of(name)!, options ?? new ReadOptions(), TestContext.Current.CancellationToken);

    public static Document One(string name, ReadOnlySpan<byte> bytes) => Assert.Single(Result(name, bytes).Documents);

    public static Document One(string name, string text) => One(name, Encoding.UTF8.GetBytes(text));

    public static List<Document> All(string name, string text) => [.. Result(name, Encoding.UTF8.GetBytes(text)).Documents];

    public static UnreadableDocumentException Refused(string name, ReadOnlySpan<byte> bytes, ReadOptions? options = null)
    {
        byte[] copy = bytes.ToArray();
        var error = Assert.Throws<UnreadableDocumentException>(() => Result(name, copy, options));
        Assert.Equal(name, error.Path);
        Assert.DoesNotContain('\n', error.Reason);
        Assert.NotEmpty(error.Reason);
        return error;
    }

    public static UnreadableDocumentException Refused(string name, string text) => Refused(name, Encoding.UTF8.GetBytes(text));

    /// <summary>Whatever the bytes: documents that can be stored, or the one exception, and within a minute.</summary>
    public static bool ValueOrRefusal(string name, byte[] bytes)
    {
        var task = Task.Run(() =>
        {
            try
            {
                foreach (var document in Result(name, bytes).Documents) AssertStorable(document);
                return true;
            }
            catch (UnreadableDocumentException)
            {
                return false;
            }
        });
        Assert.True(Task.WaitAny([task], TimeSpan.FromMinutes(1)) == 0, $"{name}: reading does not end");
        return task.GetAwaiter().GetResult();
    }

    private static void AssertStorable(Document document)
    {
        Assert.DoesNotContain('\0', document.Text);
        Assert.Equal(document.Text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(document.Text)));   // no half characters
        Assert.False(string.IsNullOrWhiteSpace(document.Text));
        Assert.All(document.Headings, h => Assert.InRange(h.Offset, 0, document.Text.Length - 1));
        Assert.All(document.Pages, p => Assert.InRange(p.Offset, 0, document.Text.Length - 1));
    }
}
