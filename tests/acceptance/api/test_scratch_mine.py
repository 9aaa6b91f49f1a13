import sys
sys.path.insert(0,"/work/main")
from tests.acceptance.api.test_openapi import *
from tests.acceptance.api import test_openapi as t
@pytest.mark.parametrize("login", ("admin","xia"))
def test_mine(server, login):
    token=server.token(login)
    schema=schemathesis.openapi.from_dict(document(server,token))
    failures=[];n=0
    for found in schema.get_all_operations():
        op=found.ok()
        if any(p in op.path for p in ("metrics","gaps","actions")) :
            n+=1
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                failures+=t.try_out(op,mode,server.base_url,token)
    print(n)
    assert failures==[], "\n\n".join(failures)[:6000]
del test_every_operation_keeps_to_its_schema, test_document_is_behind_sign_in, test_document_tells_only_what_its_reader_may_know
